/** `npm run e2e:summary`: the report of a trial as a workflow's summary may show it. */
import * as fs from "node:fs";
import { Command } from "commander";
import { longest } from "../preview-pr/markdown";
import { sanitizeMarkdown } from "../preview-pr/sanitize-markdown";
import { fromUser } from "./plan";

/** The report without anything that calls somebody or loads something: some of it a cluster has said. */
export function summaryOf(file: string): string {
  if (!fs.existsSync(file)) return "There is no report: the trial ended before it began.";
  const text = sanitizeMarkdown(fs.readFileSync(file, "utf8"));
  return text.length > longest ? `${text.slice(0, longest)}\n\n**Cut here.**` : text;
}

if (require.main === module)
  new Command("npm run e2e:summary --")
    .description("Print the report of a trial as a workflow's summary may show it.")
    .argument("[file]", "the report in Markdown", "report.md")
    .action((file: string) => {
      console.log(summaryOf(fromUser(file)).trimEnd());
    })
    .parse();
