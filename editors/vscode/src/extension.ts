// Starts `ecs-lint lsp` and tells how it is. All that is said of documents is said by the server.

import * as vscode from "vscode";
import { type LanguageClientOptions, RevealOutputChannelOn, State as ClientState } from "vscode-languageclient";
import { LanguageClient } from "vscode-languageclient/node";
import { Pages } from "./pages";
import { find, NoProgram, type Program } from "./program";
import { Status } from "./status";

/** Also the section of the settings. */
const ID = "ecs-lint";

/** A command of the server: the page of a rule. */
const OPEN_PAGE = "ecs-lint.openPage";

const LANGUAGES = ["cloudformation", "json", "json-cfn", "jsonc", "powershell", "shellscript", "yaml", "yaml-cfn"];

/** Files that go by other languages, or by none. */
const PATTERNS = [
    "**/{.ecs-lint,ecs-lint}.toml",
    "**/*.{template,tmpl,tpl}",
    "**/*ecs.config",
    "**/*{user-data,userdata,user_data,UserData,User-Data}*",
];

const SELECTOR = [
    ...LANGUAGES.flatMap((language) => ["file", "untitled"].map((scheme) => ({ scheme, language }))),
    ...PATTERNS.map((pattern) => ({ scheme: "file", pattern })),
];

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
    const log = vscode.window.createOutputChannel("ecs-lint", { log: true });
    const started = new Server(context, log);
    server = started;
    context.subscriptions.push(
        log,
        started,
        vscode.commands.registerCommand("ecs-lint.restart", () => started.restart()),
        vscode.commands.registerCommand("ecs-lint.showLog", () => log.show()),
        vscode.workspace.onDidChangeConfiguration((event) => {
            if (event.affectsConfiguration("ecs-lint.path")) {
                void started.restart();
            } else if (event.affectsConfiguration("ecs-lint.enable")) {
                started.tell();
            }
        }),
    );
    await started.restart();
}

export async function deactivate(): Promise<void> {
    await server?.stop();
}

/** The server, as long as the extension is there. */
class Server implements vscode.Disposable {
    private readonly pages = new Pages();
    private readonly status = new Status(SELECTOR);
    private client: LanguageClient | undefined;
    private program: Program | undefined;
    /** One thing after the other: a restart may be asked for during another. */
    private last: Promise<void> = Promise.resolve();

    constructor(
        private readonly context: vscode.ExtensionContext,
        private readonly log: vscode.LogOutputChannel,
    ) {}

    restart(): Promise<void> {
        this.last = this.last.then(() => this.stopNow()).then(() => this.startNow());
        return this.last;
    }

    stop(): Promise<void> {
        this.last = this.last.then(() => this.stopNow());
        return this.last;
    }

    dispose(): void {
        this.pages.dispose();
        this.status.dispose();
    }

    /** Tells what holds now. */
    tell(): void {
        if (this.client?.state === ClientState.Running && this.program !== undefined) {
            const enabled = settings().get<boolean>("enable", true);
            this.status.show({ kind: "running", program: this.program, enabled });
        } else if (this.client?.state === ClientState.Stopped) {
            this.status.show({ kind: "stopped" });
        }
    }

    private async startNow(): Promise<void> {
        this.status.show({ kind: "starting" });
        try {
            this.program = await find({
                setting: settings().get<string>("path", "").trim(),
                folder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
                search: process.env.PATH ?? "",
                extension: this.context.extensionPath,
            });
            this.log.info(`${this.program.path} is version ${this.program.version}`);
            const server = { command: this.program.path, args: ["lsp"] };
            this.client = new LanguageClient(ID, "ecs-lint", server, this.options());
            this.client.onDidChangeState(() => this.tell());
            await this.client.start();
        } catch (error) {
            this.fail(error);
        }
    }

    private async stopNow(): Promise<void> {
        const { client } = this;
        this.client = undefined;
        try {
            await client?.dispose();
        } catch (error) {
            // It did not start, or it was gone already.
            this.log.debug(String(error));
        }
    }

    private fail(error: unknown): void {
        const message = error instanceof NoProgram ? error.message : `The server does not start: ${String(error)}`;
        this.log.error(message);
        this.status.show({ kind: "failed", message });
        // Not waited for: the message stays until it is answered.
        void vscode.window.showErrorMessage(message, "Open Setting", "Show Log").then((answer) => {
            if (answer === "Open Setting") {
                void vscode.commands.executeCommand("workbench.action.openSettings", "ecs-lint.path");
            } else if (answer === "Show Log") {
                this.log.show();
            }
        });
    }

    private options(): LanguageClientOptions {
        let opening = 0;
        return {
            documentSelector: SELECTOR,
            initializationOptions: () => settings(),
            outputChannel: this.log,
            revealOutputChannelOn: RevealOutputChannelOn.Never,
            middleware: {
                executeCommand: async (command, args, next) => {
                    if (command !== OPEN_PAGE) {
                        return next(command, args);
                    }
                    opening += 1;
                    try {
                        await this.pages.show(await next(command, args));
                    } finally {
                        opening -= 1;
                    }
                },
                window: {
                    // The server shows a page in a file of its own, for editors that do nothing with what the command gives back.
                    showDocument: async (params, token, next) => (opening > 0 ? { success: true } : next(params, token)),
                },
            },
        };
    }
}

function settings(): vscode.WorkspaceConfiguration {
    return vscode.workspace.getConfiguration(ID);
}
