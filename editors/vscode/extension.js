// Starts `tranship lsp` for VS Code. All findings and actions come from the server.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** The kinds of files that the server translates. Others are left to other extensions. */
const LANGUAGES = ["cuda-cpp", "cuda", "c", "cpp", "cmake", "makefile", "python", "shellscript", "dockerfile", "yaml", "toml"];

let client;

function start() {
  const settings = vscode.workspace.getConfiguration("tranship");
  const server = { command: settings.get("path") || "tranship", args: ["lsp"] };
  client = new LanguageClient("tranship", "tranship", server, {
    documentSelector: LANGUAGES.map((language) => ({ language })),
    initializationOptions: { safe: settings.get("safe") },
    middleware: {
      // From the palette, a command is about the file in the active editor.
      executeCommand: (command, given, next) => {
        const active = vscode.window.activeTextEditor;
        return next(command, given.length || !active ? given : [active.document.uri.toString()]);
      },
    },
  });
  return client.start().catch((error) => {
    vscode.window.showErrorMessage(
      `tranship cannot be started (${error.message}). Install it with \`pip install tranship\`, or set \`tranship.path\`.`,
    );
  });
}

async function restart() {
  if (client) {
    await client.stop().catch(() => {});
  }
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("tranship.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("tranship.path") || event.affectsConfiguration("tranship.safe")) {
        return restart();
      }
    }),
  );
  await start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
