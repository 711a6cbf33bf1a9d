// What the status bar tells of the server.

import * as vscode from "vscode";
import type { Program } from "./program";

/** What there is to tell. */
export type State =
    | { readonly kind: "starting" }
    | { readonly kind: "running"; readonly program: Program; readonly enabled: boolean }
    | { readonly kind: "stopped" }
    | { readonly kind: "failed"; readonly message: string };

/** The entry of the server under the braces of the status bar, for documents that it checks. */
export class Status implements vscode.Disposable {
    private readonly item: vscode.LanguageStatusItem;

    constructor(selector: vscode.DocumentSelector) {
        this.item = vscode.languages.createLanguageStatusItem("ecs-lint", selector);
        this.item.name = "ecs-lint";
        this.show({ kind: "starting" });
    }

    show(state: State): void {
        const restart = { title: "Restart Server", command: "ecs-lint.restart" };
        const log = { title: "Show Log", command: "ecs-lint.showLog" };
        const { item } = this;
        item.busy = state.kind === "starting";
        item.severity = vscode.LanguageStatusSeverity.Information;
        item.detail = "";
        item.command = log;
        switch (state.kind) {
            case "starting":
                item.text = "ecs-lint";
                item.detail = "starting";
                break;
            case "running":
                item.text = `ecs-lint ${state.program.version}`;
                item.detail = state.enabled ? `running, from ${ORIGINS[state.program.origin]}` : "switched off by the setting";
                break;
            case "stopped":
                item.text = "ecs-lint";
                item.detail = "stopped";
                item.severity = vscode.LanguageStatusSeverity.Warning;
                item.command = restart;
                break;
            case "failed":
                item.text = "ecs-lint does not run";
                item.detail = state.message;
                item.severity = vscode.LanguageStatusSeverity.Error;
                item.command = restart;
                break;
        }
    }

    dispose(): void {
        this.item.dispose();
    }
}

const ORIGINS = { setting: "the setting", PATH: "the PATH", extension: "the extension" } as const;
