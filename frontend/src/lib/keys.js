// The keys of Vim and of Emacs: a bundle of its own, which only those fetch who choose them.
import { emacs } from "@replit/codemirror-emacs";
import { Vim, vim } from "@replit/codemirror-vim";
import { flush } from "./signals.js";

// What is written saves itself; the command saves it at once.
Vim.defineEx("write", "w", () => { flush(); });

export const keysOf = { vim: () => vim({ status: true }), emacs: () => emacs() };
