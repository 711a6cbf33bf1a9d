// The pages of rules, shown as they are meant to be read.

import * as vscode from "vscode";

/** The scheme of documents that the server makes. */
const SCHEME = "ecs-lint-page";

/** What the server gives back when it is asked for the page of a rule. */
interface Page {
    readonly rule: string;
    readonly markdown: string;
}

/** The pages that have been asked for. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
    private readonly pages = new Map<string, string>();
    private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

    provideTextDocumentContent(uri: vscode.Uri): string {
        return this.pages.get(uri.path) ?? "This page is gone. Open it again from the finding.\n";
    }

    /** Shows a page beside the document that is at fault. */
    async show(page: unknown): Promise<void> {
        if (!isPage(page)) {
            return;
        }
        const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${page.rule}.md` });
        this.pages.set(uri.path, page.markdown);
        try {
            await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
        } catch {
            // The extension that comes with the editor, and renders Markdown, may be switched off.
            await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
        }
    }

    dispose(): void {
        this.registration.dispose();
    }
}

function isPage(page: unknown): page is Page {
    return typeof page === "object" && page !== null && "rule" in page && "markdown" in page && typeof page.markdown === "string";
}
