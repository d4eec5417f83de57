/** Takes pictures of dashboards with a browser that is installed. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { mask } from "../../../lib/secrets/mask";
import { count } from "../../../lib/terminal/screen";

export interface PictureOptions {
  /** Address of Grafana, with the path below which it is, if there is one. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Is made; a picture is called by its dashboard's uid. */
  readonly folder: string;
  readonly dashboards: readonly { readonly uid: string; readonly title: string }[];
  readonly onProgress?: (line: string) => void;
}

/** Names the browser to use, by its path. */
const BROWSER_VARIABLE = "LGTM_BROWSER";

/** Programs that playwright knows how to drive, by their names on PATH. */
const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** No browser, or none that starts. Says nothing about the dashboards. */
export class NoBrowser extends Error {
  override readonly name = "NoBrowser";
}

/** How long a dashboard may take until every panel has its data, in milliseconds. */
const DASHBOARD_TIMEOUT_MS = 60_000;
/** How long nothing must be asked for until all has been, in milliseconds; playwright's own measure. */
const QUIET_TIMEOUT_MS = 10_000;
/** Until a panel that has come into sight has begun to ask, in milliseconds. */
const SIGHT_MS = 1000;

/** Of the window, in pixels. Grafana loads a panel when it comes into sight, so it becomes as high as the page. */
const width = 1600;
const height = { first: 1200, most: 12_000 };

/** Parts of Grafana's pages, of version 10 and later. */
const parts = {
  panel: ".react-grid-item",
  loading: '[aria-label="Panel loading bar"]',
  error: '[data-testid="data-testid Panel status error"]',
} as const;

/**
 * Takes a picture of each dashboard, all of it, when its panels are loaded.
 *
 * @returns the files that were written
 * @throws NoBrowser when none is installed, or it does not start
 * @throws Error when Grafana does not let the user in, or does not show a dashboard
 */
export async function takePictures(options: PictureOptions): Promise<string[]> {
  const { folder, dashboards, onProgress = () => undefined } = options;
  const browser = await startBrowser();
  try {
    const context = await browser.newContext({
      viewport: { width, height: height.first },
      // What a panel shows is the same wherever it is taken.
      locale: "en-US",
      timezoneId: "UTC",
    });
    await logIn(context, options);
    fs.mkdirSync(folder, { recursive: true });
    const files: string[] = [];
    for (const { uid, title } of dashboards) {
      onProgress(`picture of ${title}`);
      const file = path.join(folder, `${uid.replaceAll(/[^\w-]/g, "_")}.png`);
      const page = await context.newPage();
      const errors = await takePicture(page, dashboardUrl(options.url, uid), file);
      await page.close();
      files.push(file);
      if (errors > 0) onProgress(`${title}: ${count(errors, "panel")} with an error`);
    }
    return files;
  } finally {
    await browser.close();
  }
}

function dashboardUrl(url: string, uid: string): string {
  // Without Grafana's own menu, and of the last quarter of an hour: a stack on trial is not older.
  return `${url.replace(/\/$/, "")}/d/${encodeURIComponent(uid)}?kiosk&from=now-15m&to=now&refresh=`;
}

/** The session is a cookie of the browser, which ends with it; the password is in no address and no page. */
async function logIn(context: BrowserContext, options: PictureOptions): Promise<void> {
  const { url, user, password } = options;
  const answer = await context.request
    .post(`${url.replace(/\/$/, "")}/login`, { data: { user, password } })
    // playwright's own message repeats what was sent.
    .catch((error: unknown) => {
      const [first = ""] = (error as Error).message.split("\n");
      throw new Error(`Grafana at ${url} does not answer: ${mask(first, [password])}`);
    });
  if (!answer.ok())
    throw new Error(`Grafana at ${url} does not let ${user} in: ${String(answer.status())}`);
}

/** @returns how many panels show an error */
async function takePicture(page: Page, url: string, file: string): Promise<number> {
  await page.goto(url, { timeout: DASHBOARD_TIMEOUT_MS });
  await page.locator(parts.panel).first().waitFor({ timeout: DASHBOARD_TIMEOUT_MS });
  // Where the lowest panel ends. As text: it runs in the page, whose types are not this program's.
  const needed = await page.evaluate<number>(
    `Math.max(...[...document.querySelectorAll(${JSON.stringify(parts.panel)})]
      .map((panel) => Math.ceil(panel.getBoundingClientRect().bottom)))`,
  );
  const high = Math.min(Math.max(needed + 40, height.first), height.most);
  await page.setViewportSize({ width, height: high });
  await page.waitForTimeout(SIGHT_MS);
  await settled(page);
  await page.screenshot({ path: file, animations: "disabled" });
  return page.locator(parts.error).count();
}

/** Until no panel loads. Where one never ends, the picture shows that. */
async function settled(page: Page): Promise<void> {
  const ignored = (): undefined => undefined;
  await page.waitForLoadState("networkidle", { timeout: QUIET_TIMEOUT_MS }).catch(ignored);
  await page
    .waitForFunction(
      `document.querySelector(${JSON.stringify(parts.loading)}) === null`,
      undefined,
      { timeout: DASHBOARD_TIMEOUT_MS },
    )
    .catch(ignored);
}

/** The browser of {@link BROWSER_VARIABLE}, or the first on PATH. */
export function browserProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = env[BROWSER_VARIABLE] ?? "";
  if (chosen !== "") return path.resolve(chosen);
  const folders = (env["PATH"] ?? "").split(path.delimiter).filter((one) => path.isAbsolute(one));
  return programs
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => {
      try {
        fs.accessSync(file, fs.constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function startBrowser(): Promise<Browser> {
  const program = browserProgram();
  // Only here: it takes half a second, and is nothing for those who take no pictures.
  const { chromium } = await import("playwright-core");
  try {
    return await chromium.launch({
      // Chrome where its installer puts it, such as on a Mac.
      ...(program === undefined ? { channel: "chrome" } : { executablePath: program }),
      // Chromium has no sandbox for root.
      chromiumSandbox: process.getuid?.() !== 0,
    });
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    throw new NoBrowser(
      program === undefined
        ? `no browser: install Chromium or Chrome, or name one in ${BROWSER_VARIABLE}`
        : `${program} does not start: ${reason}`,
      { cause: error },
    );
  }
}
