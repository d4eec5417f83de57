/** Images and charts have versions that do not move. */
import { containersOf, podOf } from "../pods";
import type { Rule } from "../rule";
import { type Json, kindOf, type Subject } from "../subject";

/** A version or a date: two numbers at least, since `3` moves with every 3.1. */
const version = /(^|[^0-9])\d+[.-]\d+/;

/** What is loose about a tag; undefined when nothing is. */
function loosenessOf(tag: string): string | undefined {
  return version.test(tag) ? undefined : `${tag}, which is no version, so that it may move`;
}

/** What is loose about an image reference; undefined when nothing is. */
export function looseness(image: string): string | undefined {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  // A colon before the last slash is a registry's port.
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag === undefined) return "has no tag";
  const loose = loosenessOf(tag);
  return loose === undefined ? undefined : `has the tag ${loose}`;
}

/** Images that Helm values name as `repository` and `tag`. */
function imagesInValues(value: unknown, path = "values"): { path: string; tag: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const { repository, tag } = value as { repository?: unknown; tag?: unknown };
  const own = typeof repository === "string" && typeof tag === "string" ? [{ path, tag }] : [];
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, item]) => imagesInValues(item, `${path}.${key}`)),
  ];
}

function isRelease(subject: Subject): boolean {
  return subject.type.startsWith("kubernetes:helm.sh/") && kindOf(subject) === "Release";
}

/** The same image tomorrow as today. */
export const pinnedImages: Rule = {
  id: "images-pinned",
  severity: "mandatory",
  text: "Every image has a version as its tag, or a digest.",
  fix: "Give the image a version as its tag, or a digest: demoImage, demoTrafficImage, otelCollectorImageTag; for a chart's image, its values.",
  check: (subject) => [
    ...containersOf(podOf(subject)).flatMap(({ name, image = "" }) => {
      const loose = looseness(image);
      return loose === undefined ? [] : [`container ${name}: image ${image} ${loose}`];
    }),
    ...(isRelease(subject) ? imagesInValues(subject.props["values"]) : []).flatMap(
      ({ path, tag }) => {
        const loose = tag === "" ? undefined : loosenessOf(tag);
        return loose === undefined ? [] : [`${path}.tag is ${loose}`];
      },
    ),
  ],
};

/** The same chart tomorrow as today. */
export const pinnedCharts: Rule = {
  id: "charts-pinned",
  severity: "mandatory",
  text: "Every Helm release names one exact version of its chart.",
  fix: "Give the release a version such as 3.0.1; config/charts.ts holds the versions that this program knows.",
  check: (subject) => {
    if (!isRelease(subject)) return [];
    const { chart, version } = subject.props as Json & { chart?: unknown; version?: unknown };
    // A packaged chart carries its version in its name, and is there or not.
    if (typeof chart === "string" && chart.endsWith(".tgz")) return [];
    return typeof version === "string" && /^v?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version)
      ? []
      : [`version is ${typeof version === "string" ? version : "missing"}, not one exact version`];
  },
};
