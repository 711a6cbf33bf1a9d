// The program that is the server: where it is looked for, and whether it is one.

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** A program that answers as `ecs-lint`. */
export interface Program {
    readonly path: string;
    readonly version: string;
    readonly origin: "setting" | "PATH" | "extension";
}

/** Where to look. */
export interface Places {
    /** The setting; empty where there is none. */
    readonly setting: string;
    /** The first folder of the workspace. */
    readonly folder: string | undefined;
    /** The value of `PATH`. */
    readonly search: string;
    /** The directory of the extension. */
    readonly extension: string;
    /** For how many milliseconds an answer is waited for: a program that takes longer to say its version is another one, or hangs. */
    readonly patience?: number;
}

/** There is no program; the message says what to do about it. */
export class NoProgram extends Error {}

const PATIENCE = 10_000;

const NAMES = process.platform === "win32" ? ["ecs-lint.exe"] : ["ecs-lint"];

/**
 * The program that is set; or else that on the `PATH`; or else that of the extension. One that is set and does not work is not passed over: who set
 * it wants to know.
 */
export async function find(places: Places): Promise<Program> {
    if (places.setting !== "") {
        const path = expanded(places.setting, places.folder);
        try {
            return { path, version: await versionOf(path, places.patience), origin: "setting" };
        } catch (error) {
            throw new NoProgram(`The setting "ecs-lint.path" names ${path}, which ${reason(error)}.`);
        }
    }
    const failures = [];
    for (const [origin, path] of candidates(places)) {
        if (!(await isProgram(path))) {
            continue;
        }
        try {
            return { path, version: await versionOf(path, places.patience), origin };
        } catch (error) {
            failures.push(`${path} ${reason(error)}.`);
        }
    }
    const found = failures.length > 0 ? failures.join(" ") : "The program ecs-lint is not installed.";
    throw new NoProgram(`${found} Install it, with pip or cargo, so that it is on the PATH; or name it in the setting "ecs-lint.path".`);
}

function* candidates(places: Places): Generator<["PATH" | "extension", string]> {
    // A relative entry would be a program of whatever directory this runs in.
    for (const directory of places.search.split(delimiter).filter(isAbsolute)) {
        yield* NAMES.map((name): ["PATH", string] => ["PATH", join(directory, name)]);
    }
    yield* NAMES.map((name): ["extension", string] => ["extension", join(places.extension, "server", name)]);
}

function expanded(setting: string, folder: string | undefined): string {
    const path = setting.replace(/^~(?=$|[/\\])/, () => homedir());
    return folder === undefined ? path : path.replace("${workspaceFolder}", () => folder);
}

async function isProgram(path: string): Promise<boolean> {
    try {
        await access(path, constants.X_OK);
        return (await stat(path)).isFile();
    } catch {
        return false;
    }
}

async function versionOf(path: string, patience = PATIENCE): Promise<string> {
    if (!isAbsolute(path)) {
        throw new Error("is not an absolute path");
    }
    const output = await new Promise<string>((resolve, reject) => {
        execFile(path, ["--version"], { timeout: patience, windowsHide: true }, (error, stdout) => {
            if (error === null) {
                resolve(stdout);
            } else if (error.code === "ENOENT") {
                reject(new Error("does not exist"));
            } else if (error.code === "EACCES") {
                reject(new Error("may not be run"));
            } else if (error.killed === true) {
                reject(new Error(`does not answer --version within ${patience / 1000} seconds`));
            } else {
                reject(new Error("does not answer --version"));
            }
        });
    });
    const version = /^ecs-lint (\d\S*)/.exec(output)?.[1];
    if (version === undefined) {
        throw new Error("is not ecs-lint");
    }
    return version;
}

function reason(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
