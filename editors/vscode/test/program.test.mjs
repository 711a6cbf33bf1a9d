// Which program is taken for the server. `npm test` bundles the module first.
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { find, NoProgram } from "../dist/program.mjs";

const windows = process.platform === "win32";
let root;

before(async () => {
    root = await mkdtemp(join(tmpdir(), "ecs-lint-"));
    await program("path/ecs-lint", "echo 'ecs-lint 1.2.3 (0123abcde)'");
    await program("other/ecs-lint", "echo 'ecs-cli 1.0'");
    await program("broken/ecs-lint", "exit 1");
    await program("hangs/ecs-lint", "sleep 60");
    await program("extension/server/ecs-lint", "echo ecs-lint 1.2.4");
    await mkdir(join(root, "directory/ecs-lint"), { recursive: true });
});

after(() => rm(root, { recursive: true }));

async function program(name, script) {
    const path = join(root, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
}

function places(setting, search = [], extension = "none") {
    return { setting, folder: root, search: search.map((name) => join(root, name)).join(":"), extension: join(root, extension) };
}

async function found(...given) {
    const { path, version, origin } = await find(places(...given));
    return [path.slice(root.length + 1), version, origin];
}

test("the setting comes first, then the PATH, then the extension", { skip: windows }, async () => {
    const extension = "extension";
    assert.deepEqual(await found(join(root, "path/ecs-lint"), [], extension), ["path/ecs-lint", "1.2.3", "setting"]);
    assert.deepEqual(await found("${workspaceFolder}/path/ecs-lint"), ["path/ecs-lint", "1.2.3", "setting"]);
    assert.deepEqual(await found("", ["directory", "nowhere", "path"], extension), ["path/ecs-lint", "1.2.3", "PATH"]);
    assert.deepEqual(await found("", ["nowhere"], extension), ["extension/server/ecs-lint", "1.2.4", "extension"]);
    // What is not ours, or does not work, is passed over where nobody has named it.
    assert.deepEqual(await found("", ["other", "broken"], extension), ["extension/server/ecs-lint", "1.2.4", "extension"]);
});

test("what is wrong is told, and what to do about it", { skip: windows }, async () => {
    for (const [given, message] of [
        [["/nowhere/ecs-lint", ["path"]], /"ecs-lint.path" names \/nowhere\/ecs-lint, which does not exist/],
        [["ecs-lint", ["path"]], /is not an absolute path/],
        [[join("${workspaceFolder}", "directory/ecs-lint")], /may not be run/],
        [["${workspaceFolder}/other/ecs-lint"], /is not ecs-lint/],
        [["", ["broken"]], /broken\/ecs-lint does not answer --version\. Install it/],
        [["", ["nowhere"]], /is not installed\. Install it, with pip or cargo.*"ecs-lint.path"/],
    ]) {
        await assert.rejects(find(places(...given)), (error) => error instanceof NoProgram && message.test(error.message));
    }
});

test("a directory that is relative is not searched", { skip: windows }, async () => {
    await assert.rejects(find({ ...places(""), search: ".:path:" }), NoProgram);
});

test("a program that hangs is given up", { skip: windows }, async () => {
    await assert.rejects(find({ ...places("${workspaceFolder}/hangs/ecs-lint"), patience: 200 }), /does not answer --version within/);
});
