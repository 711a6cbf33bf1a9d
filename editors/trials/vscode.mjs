// Tries the extension in VS Code itself: code-server, with a browser in front of it.
// Usage: node vscode.mjs CODE_SERVER VSIX SCRATCH [PICTURE]   (ecs-lint is on the PATH; NODE_PATH has playwright-core)
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { chromium } = createRequire(join(process.env.NODE_PATH, "_"))("playwright-core");
const [codeServer, vsix, scratch, picture] = process.argv.slice(2);
const failure = join(tmpdir(), "ecs-lint-vscode.png");
const demo = join(import.meta.dirname, "../../fixtures/demo");

const workspace = join(scratch, "shop");
mkdirSync(join(workspace, ".vscode"), { recursive: true });
for (const name of ["api.yaml", "nodes.yaml", "report.json", "worker.template.json"]) {
    cpSync(join(demo, name), join(workspace, name));
}
// Who opens a workspace has not agreed to run what is in it.
const hostile = join(workspace, "hostile");
writeFileSync(hostile, `#!/bin/sh\ntouch '${workspace}/hostile-ran'\necho ecs-lint 9.9.9\n`);
chmodSync(hostile, 0o755);
writeFileSync(join(workspace, ".vscode/settings.json"), JSON.stringify({ "ecs-lint.path": hostile }));

const data = join(scratch, "data");
mkdirSync(join(data, "User"), { recursive: true });
mkdirSync(join(data, "Machine"));
const surroundings = {
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "workbench.startupEditor": "none",
    "workbench.colorTheme": "Default Light Modern",
    "workbench.layoutControl.enabled": false,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.enableExperiments": false,
    "window.commandCenter": false,
    "chat.disableAIFeatures": true,
    "telemetry.telemetryLevel": "off",
    "extensions.autoCheckUpdates": false,
    "breadcrumbs.enabled": false,
    "editor.minimap.enabled": false,
    "editor.stickyScroll.enabled": false,
    "editor.hover.above": false,
    "editor.hover.delay": 100,
    "editor.occurrencesHighlight": "off",
    "editor.renderLineHighlight": "none",
    "git.enabled": false,
};
writeFileSync(join(data, "User/settings.json"), JSON.stringify(surroundings));

/** Sets what is ours in the settings of the machine: the editor rewrites those of the user when it likes. */
function settings(ours) {
    writeFileSync(join(data, "Machine/settings.json"), JSON.stringify(ours));
}
settings({ "ecs-lint.path": "/nowhere/ecs-lint" });

const entry = join(codeServer, "out/node/entry.js");
const common = ["--user-data-dir", data, "--extensions-dir", join(scratch, "extensions")];
// The environment of programs is that of a login shell.
writeFileSync(join(scratch, ".bash_profile"), `export PATH='${process.env.PATH}'\n`);
const environment = { ...process.env, HOME: scratch, SHELL: "/bin/bash", XDG_CONFIG_HOME: join(scratch, "config"), XDG_DATA_HOME: join(scratch, "share") };
const installed = spawnSync(process.execPath, [entry, ...common, "--install-extension", vsix], {
    encoding: "utf8",
    env: environment,
    timeout: 60_000,
});
assert.equal(installed.status, 0, `the extension cannot be installed: ${installed.stdout}${installed.stderr}`);

const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port } = probe.address();
        probe.close(() => resolve(port));
    });
});
const address = `127.0.0.1:${port}`;
const output = openSync(join(scratch, "code-server.log"), "w");
const server = spawn(
    process.execPath,
    [entry, ...common, "--auth", "none", "--bind-addr", address, "--disable-telemetry", "--disable-update-check"],
    { env: environment, stdio: ["ignore", output, output], detached: true },
);

let browser;
let page;
let step = "code-server starts";
function endServer() {
    try {
        process.kill(-server.pid, "SIGKILL");
    } catch {
        // It has ended already.
    }
}
process.on("exit", endServer);
process.on("SIGTERM", async () => {
    console.error(`vscode: out of time: ${step}`);
    await page?.screenshot({ path: failure, timeout: 2_000 }).catch(() => {});
    await browser?.close();
    process.exit(1);
});
try {
    await until(() => fetch(`http://${address}/healthz`).then((answer) => answer.ok));
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        handleSIGTERM: false,
        args: [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ],
    });
    page = await browser.newPage({ viewport: { width: 980, height: 620 }, deviceScaleFactor: 1.5 });
    page.setDefaultTimeout(60_000);
    await trial();
} catch (error) {
    await page?.screenshot({ path: failure }).catch(() => {});
    console.error(`vscode: this is not so: ${step}; what there is to see is in ${failure}\n${error.message}`);
    process.exitCode = 1;
} finally {
    await browser?.close();
    endServer();
}

async function trial() {
    const errors = page.locator(".monaco-editor .squiggly-error");

    step = "a program that is not there is told of";
    const payload = encodeURIComponent(JSON.stringify([["openFile", `vscode-remote://${address}${workspace}/api.yaml`]]));
    await page.goto(`http://${address}/?folder=${encodeURIComponent(workspace)}&payload=${payload}`);
    await page.getByText("names /nowhere/ecs-lint, which does not exist").first().waitFor();
    assert.equal(await errors.count(), 0);

    step = "the program on the PATH is started when the setting is gone, and not that of the workspace";
    settings({});
    await goTo("61:30");
    await errors.first().waitFor();
    assert.ok(!existsSync(join(workspace, "hostile-ran")), "the program of the workspace was run");
    await run("Notifications: Clear All Notifications");
    await page.locator("#status\\.problems", { hasText: /[1-9]/ }).waitFor();

    step = "the status tells of the server";
    await page.locator("#status\\.languageStatus").hover();
    await page.getByText("running, from the PATH").waitFor();

    step = "the hover has the words of the rule";
    await page.keyboard.press("Control+B");
    await page.locator(".view-line", { hasText: "ValueFrom" }).getByText("shop/db").hover();
    const hover = page.locator(".monaco-hover:visible", { hasText: "DbSecret" });
    await hover.getByText("is the name of the secret DbSecret").or(hover.getByText("is the name of the secret `DbSecret`")).first().waitFor();
    const words = await hover.innerText();
    assert.match(words, /nothing allows it/);
    assert.ok((await hover.locator("a", { hasText: "secret-name-instead-of-arn" }).count()) > 0, "the rule leads to its page");
    if (picture !== undefined) {
        // The scroll bars go when nothing moves.
        await page.waitForTimeout(1_500);
        await page.locator(".part.editor").screenshot({ path: picture });
    }

    step = "the finding is suppressed by the quick fix";
    const before = await problems();
    await choose("Ignore `secret-name-instead-of-arn` here");
    await page.locator(".view-line", { hasText: /#\s*ecs-lint/ }).waitFor();
    await until(async () => (await problems()) === before - 1);
    await page.keyboard.press("Control+Z");
    await until(async () => (await problems()) === before);

    step = "the page of the rule is shown as it is meant to be read";
    await goTo("61:30");
    await choose("Open the page of `secret-name-instead-of-arn`");
    await until(async () => {
        for (const frame of page.frames()) {
            if ((await frame.locator("h1", { hasText: "secret-name-instead-of-arn" }).count()) > 0) {
                return true;
            }
        }
        return false;
    });
    await page.keyboard.press("Control+1");

    step = "a setting holds at once";
    settings({ "ecs-lint.enable": false });
    await until(async () => (await errors.count()) === 0);
    settings({ "ecs-lint.ignore": ["secret-name-instead-of-arn"] });
    await until(async () => (await problems()) === before - 1);
    settings({});
    await until(async () => (await problems()) === before);

    step = "the server is restarted, and the log tells so";
    await run("ecs-lint: Restart Server");
    await until(async () => readFileSync(logFile(), "utf8").split("is version").length > 2);
    await until(async () => (await problems()) === before);

    console.log(`vscode: VS Code ${JSON.parse(readFileSync(join(codeServer, "lib/vscode/package.json"), "utf8")).version}`);
}

/** How many errors the status bar counts. */
async function problems() {
    const label = await page.locator("#status\\.problems").innerText();
    return Number(/\d+/.exec(label)[0]);
}

function logFile() {
    const found = spawnSync("find", [join(data, "logs"), "-name", "ecs-lint.log"], { encoding: "utf8" });
    return found.stdout.trim().split("\n").at(-1);
}

async function goTo(place) {
    await page.keyboard.press("Control+1");
    await page.keyboard.press("Control+G");
    await page.locator(".quick-input-widget:visible input").waitFor();
    await page.keyboard.type(place, { delay: 10 });
    await page.keyboard.press("Enter");
}

async function run(command) {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget:visible input").fill(`>${command}`);
    await page.locator(".quick-input-list .monaco-list-row", { hasText: command }).first().click();
}

/** Chooses a quick fix. */
async function choose(title) {
    // What is asked for too early is answered with nothing.
    await until(async () => {
        await page.keyboard.press("Control+.");
        try {
            await page.locator(".action-widget").getByText(title).click({ timeout: 2_000 });
            return true;
        } catch {
            await page.keyboard.press("Escape");
            return false;
        }
    });
}

async function until(holds, patience = 40_000) {
    const end = Date.now() + patience;
    for (;;) {
        if (await Promise.resolve().then(holds).catch(() => false)) {
            return;
        }
        assert.ok(Date.now() < end, "this does not come true");
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
