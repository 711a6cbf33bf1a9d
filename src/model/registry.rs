//! What is known about container registries, with the reason for each entry.
//!
//! AWS never says which registries need credentials, and an image's name cannot prove it: these tables
//! are a prior that grades findings, never a reason to stay silent about a registry that is not in them.

/// Registries that no one outside an organisation can pull from without credentials, by the end of the host name.
const PRIVATE_SUFFIXES: &[(&str, &str)] = &[
    (".internal", "`.internal` names resolve inside a private network only"),
    (".local", "`.local` names resolve inside a private network only"),
    (".localdomain", "`.localdomain` names resolve inside a private network only"),
    (".corp", "`.corp` names resolve inside a private network only"),
    (".lan", "`.lan` names resolve inside a private network only"),
    (".intranet", "`.intranet` names resolve inside a private network only"),
    (".home.arpa", "`.home.arpa` names resolve inside a private network only"),
    (".azurecr.io", "Azure Container Registry refuses anonymous pulls unless that is switched on"),
    (".pkg.dev", "Google Artifact Registry repositories are private unless opened to everyone"),
    (".jfrog.io", "JFrog repositories are private unless opened to everyone"),
    (".ocir.io", "Oracle registries are private unless opened to everyone"),
    (".icr.io", "IBM Cloud registries need an API key"),
    (".r.cloud.scw.cloud", "Scaleway registries are private unless opened to everyone"),
];

/// Hosts of the same kind, by their whole name.
const PRIVATE_HOSTS: &[(&str, &str)] = &[
    ("localhost", "`localhost` is the task's own host"),
    ("registry.gitlab.com", "GitLab's registry asks for a token for every project that is not public"),
    ("docker.pkg.github.com", "GitHub's former registry asks for a token even for public packages"),
    ("registry.heroku.com", "Heroku's registry serves its customers' private images"),
    ("registry.digitalocean.com", "DigitalOcean registries are private"),
    ("registry.aquasec.com", "Aqua's registry asks for its customers' credentials"),
    ("registry.redhat.io", "Red Hat's authenticated registry refuses anonymous pulls"),
    ("registry.connect.redhat.com", "Red Hat's partner registry refuses anonymous pulls"),
    ("dhi.io", "Docker Hardened Images need a Docker login"),
];

/// Repositories that are public although their host is mostly private, by host (or its end) and the begin of the path.
const PUBLIC_PATHS: &[(&str, &str, &str)] = &[
    ("cgr.dev", "chainguard/", "Chainguard's free images"),
    ("registry.gitlab.com", "gitlab-org/", "GitLab's own public images"),
    ("docker.pkg.dev", "cloudrun/", "Google's public samples"),
    ("docker.pkg.dev", "google-samples/", "Google's public samples"),
    ("docker.pkg.dev", "cloud-sql-connectors/", "Google's public images"),
    ("releases-docker.jfrog.io", "jfrog/", "JFrog's own products"),
];

/// Registries that serve public images to everyone.
const PUBLIC_HOSTS: &[(&str, &str)] = &[
    ("quay.io", "Quay serves public repositories anonymously"),
    ("ghcr.io", "GitHub's registry serves public packages anonymously"),
    ("gcr.io", "Google serves public images here anonymously"),
    ("us.gcr.io", "Google serves public images here anonymously"),
    ("eu.gcr.io", "Google serves public images here anonymously"),
    ("asia.gcr.io", "Google serves public images here anonymously"),
    ("mirror.gcr.io", "a public cache of Docker Hub"),
    ("k8s.gcr.io", "the former registry of the Kubernetes project"),
    ("registry.k8s.io", "the registry of the Kubernetes project"),
    ("mcr.microsoft.com", "Microsoft's public images"),
    ("nvcr.io", "NVIDIA serves most images anonymously"),
    ("docker.elastic.co", "Elastic's public images"),
    ("container-registry.oracle.com", "Oracle's public images"),
    ("registry.access.redhat.com", "Red Hat's unauthenticated registry"),
    ("registry.gitlab.io", "GitLab's public images"),
    ("docker.n8n.io", "n8n's public images"),
    ("docker.getoutline.com", "Outline's public images"),
    ("docker.redpanda.com", "Redpanda's public images"),
    ("cr.fluentbit.io", "Fluent Bit's public images"),
    ("cr.l5d.io", "Linkerd's public images"),
    ("cr.weaviate.io", "Weaviate's public images"),
    ("codeberg.org", "Codeberg serves public packages anonymously"),
    ("lscr.io", "LinuxServer's public images"),
];

/// Publishers on Docker Hub whose repositories are public products: an anonymous pull works, within Docker Hub's limits.
const PUBLIC_PUBLISHERS: &[&str] = &[
    "1password",
    "adguard",
    "airbyte",
    "alpinelinux",
    "amazon",
    "amazonlinux",
    "apache",
    "apachepulsar",
    "apicurio",
    "appsmith",
    "aquasec",
    "argoproj",
    "atlassian",
    "authelia",
    "bitnami",
    "bitnamilegacy",
    "bridgecrew",
    "browserless",
    "budibase",
    "buildkite",
    "calcom",
    "chainguard",
    "checkmk",
    "circleci",
    "clickhouse",
    "cloudflare",
    "cockroachdb",
    "codercom",
    "confluentinc",
    "containrrr",
    "coredns",
    "crazymax",
    "cribl",
    "curlimages",
    "cypress",
    "daprio",
    "datadog",
    "debezium",
    "denoland",
    "directus",
    "docker",
    "dockersamples",
    "dpage",
    "dynatrace",
    "elastic",
    "emqx",
    "envoyproxy",
    "falcosecurity",
    "fluent",
    "fluxcd",
    "flyway",
    "getmeili",
    "getsentry",
    "gitlab",
    "gliderlabs",
    "goharbor",
    "google",
    "gotenberg",
    "grafana",
    "graphiteapp",
    "haproxytech",
    "hashicorp",
    "hazelcast",
    "homeassistant",
    "ibmcom",
    "influxdb",
    "instana",
    "istio",
    "itzg",
    "jaegertracing",
    "jenkins",
    "jenkinsci",
    "keycloak",
    "kindest",
    "kiwigrid",
    "kong",
    "kubernetesui",
    "lacework",
    "langfuse",
    "linkerd",
    "linuxserver",
    "localstack",
    "logstash",
    "logzio",
    "mailhog",
    "mattermost",
    "mcp",
    "memgraph",
    "metabase",
    "milvusdb",
    "minio",
    "mockserver",
    "mongodb",
    "mysql",
    "n8nio",
    "neo4j",
    "netdata",
    "newrelic",
    "nginxinc",
    "nocodb",
    "nodered",
    "nvidia",
    "ollama",
    "openpolicyagent",
    "openresty",
    "opensearchproject",
    "openzipkin",
    "oracle",
    "oryd",
    "otel",
    "owasp",
    "owncloud",
    "paketobuildpacks",
    "percona",
    "pgvector",
    "phpmyadmin",
    "pihole",
    "portainer",
    "postgis",
    "posthog",
    "prefecthq",
    "prom",
    "prometheuscommunity",
    "provectuslabs",
    "pulumi",
    "puppet",
    "qdrant",
    "rabbitmqoperator",
    "rancher",
    "rapid7",
    "redis",
    "redislabs",
    "redpandadata",
    "rocketchat",
    "rook",
    "roundcube",
    "scylladb",
    "selenium",
    "semgrep",
    "snyk",
    "sonatype",
    "sourcegraph",
    "splunk",
    "squidfunk",
    "strapi",
    "sumologic",
    "supabase",
    "swaggerapi",
    "syncthing",
    "sysdig",
    "tailscale",
    "temporalio",
    "tenable",
    "tensorflow",
    "thanosio",
    "timberio",
    "timescale",
    "traefik",
    "trinodb",
    "tryretool",
    "twistlock",
    "typesense",
    "unleashorg",
    "valkey",
    "vaultwarden",
    "vectorized",
    "verdaccio",
    "victoriametrics",
    "wallarm",
    "wazuh",
    "weaveworks",
    "wiremock",
    "yandex",
    "yugabytedb",
    "zabbix",
];

/// Why that host is taken to be private, if it is. Ports, addresses and reserved names count; `host` is in lower case.
#[must_use]
pub fn private_host(host: &str) -> Option<&'static str> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() => (name, Some(port)),
        _ => (host, None),
    };
    if let Some((_, why)) = PRIVATE_HOSTS.iter().find(|(known, _)| *known == name) {
        return Some(why);
    }
    if let Some((_, why)) = PRIVATE_SUFFIXES.iter().find(|(suffix, _)| name.ends_with(suffix)) {
        return Some(why);
    }
    if is_private_address(name) {
        return Some("it is a private network address");
    }
    if port.is_some_and(|port| port != "443") {
        return Some("a registry on a port of its own is somebody's own registry");
    }
    None
}

/// Why that host is taken to serve anonymous pulls, if it is.
#[must_use]
pub fn public_host(host: &str) -> Option<&'static str> {
    let name = host.strip_suffix(":443").unwrap_or(host);
    PUBLIC_HOSTS.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}

/// Why the repositories at that path are taken to be public, whatever their host is, if they are.
#[must_use]
pub fn public_path(host: &str, path: &str) -> Option<&'static str> {
    let found = PUBLIC_PATHS.iter().find(|(end, begin, _)| host.ends_with(end) && path.starts_with(begin));
    found.map(|(.., why)| *why)
}

/// Whether that Docker Hub namespace publishes well-known public images.
#[must_use]
pub fn public_publisher(namespace: &str) -> bool {
    PUBLIC_PUBLISHERS.binary_search(&namespace).is_ok()
}

/// Loopback, link-local and the private ranges of RFC 1918 and RFC 4193.
fn is_private_address(name: &str) -> bool {
    if let Ok(address) = name.parse::<std::net::Ipv4Addr>() {
        return address.is_private() || address.is_loopback() || address.is_link_local();
    }
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::Ipv6Addr>()
        .is_ok_and(|a| a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishers_are_sorted_for_the_search() {
        assert!(PUBLIC_PUBLISHERS.is_sorted());
    }

    #[test]
    fn hosts_are_judged_by_name_port_and_address() {
        for host in [
            "registry.corp.internal",
            "localhost:5000",
            "10.1.2.3",
            "10.1.2.3:5000",
            "a.azurecr.io",
            "eu-docker.pkg.dev",
            "h.example.com:8443",
            "[::1]:5000",
        ] {
            assert!(private_host(host).is_some(), "{host}");
        }
        for host in ["registry.example.com", "quay.io", "8.8.8.8", "registry.example.com:443"] {
            assert!(private_host(host).is_none(), "{host}");
        }
        assert!(public_path("us-docker.pkg.dev", "cloudrun/container/hello").is_some());
        assert!(public_path("eu-docker.pkg.dev", "team/app").is_none());
        assert!(public_host("quay.io").is_some() && public_host("example.com").is_none());
    }
}
