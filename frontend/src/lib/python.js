// Python as the editor reads it: four spaces to a level.
import { python } from "@codemirror/lang-python";
import { indentUnit } from "@codemirror/language";

export const pythonCode = [python(), indentUnit.of("    ")];
