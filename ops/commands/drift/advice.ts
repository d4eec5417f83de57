/** How each kind of difference is put right. */
import type { Hints } from "../../hints";
import type { Drift } from "./findings";
import { yields } from "./owners";

/** Lines that say which command puts back what was found, by what Pulumi sees and may overwrite. */
export function advice(found: readonly Drift[], { pulumi }: Pick<Hints, "pulumi">): string[] {
  const isOwn = ({ from }: Drift): boolean => from === "pulumi" || from === "patch";
  const [refresh, up] = [pulumi("refresh"), pulumi("up")];
  const held = found.filter((one) => isOwn(one) && isHeld(one));
  const holders = [...new Set(held.map(({ owner }) => owner?.manager ?? ""))];
  return [
    ...(found.some((one) => one.from === "values" || (isOwn(one) && one.change !== "added"))
      ? [`  Objects of the program and values of a release: ${refresh}, then ${up} puts them back.`]
      : []),
    ...(held.length > 0
      ? [
          `  Fields that belong to ${holders.join(", ")} now: without force, that up ends with a conflict.`,
          `  ${refresh}, then PULUMI_K8S_ENABLE_PATCH_FORCE=true ${up} takes them back.`,
        ]
      : []),
    ...(found.some((one) => isOwn(one) && one.change === "added")
      ? [
          "  What was added to objects of the program: Pulumi does not see it, and leaves it. Take it away by hand,",
          "  or put it into the settings.",
        ]
      : []),
    ...(found.some(({ from }) => from === "helm")
      ? [
          "  Objects inside a Helm release: Pulumi does not see these. The next upgrade of the release puts back",
          "  what was changed or is gone, but leaves what was added; until then, edit the object back by hand,",
          "  or make the change in the settings.",
        ]
      : []),
  ];
}

/** Whether server-side apply refuses to write the field: of what is only patched, nobody's field is taken over. */
function isHeld({ change, from, owner }: Drift): boolean {
  if (change !== "changed" || owner === undefined) return false;
  return from === "patch" ? !owner.manager.startsWith("pulumi-") : !yields(owner);
}
