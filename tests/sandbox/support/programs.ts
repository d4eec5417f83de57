/** The real program with one part exchanged, for what it must stand when that part was not there. */
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import type * as Components from "../../../components";

/** Index.ts, with some of what `components` exports exchanged. */
function programWith(exchanged: Partial<Record<keyof typeof Components, unknown>>): PulumiFn {
  return async () => {
    const [index, components] = ["../../../index", "../../../components"].map((file) =>
      require.resolve(file),
    ) as [string, string];
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const real = require(components) as typeof Components;
    const loaded = require.cache[components];
    if (loaded === undefined) throw new Error(`${components} was not loaded`);
    Reflect.deleteProperty(require.cache, index);
    // What a module exports cannot be assigned to; index.ts is loaded with an object of the same names.
    loaded.exports = { ...real, ...exchanged };
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const program = require(index) as PulumiFn;
      return await program();
    } finally {
      loaded.exports = real;
      Reflect.deleteProperty(require.cache, index);
    }
  };
}

const claimNames = async (): Promise<Components.ClaimedNames> =>
  Promise.resolve({ clusterId: undefined, stackId: undefined, takesOver: false, fixedGiB: {} });

/** The program whose look has come too early to see anything: it marks, and has not looked. */
export const withoutTheLook = programWith({ claimNames });

interface Values {
  readonly mimir?: { readonly minio?: { readonly persistence?: object } };
}

const unmarked: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  const { values } = props as { readonly values?: Values };
  const persistence = values?.mimir?.minio?.persistence;
  if (!type.endsWith(":Release") || persistence === undefined) return undefined;
  const minio = { ...values?.mimir?.minio, persistence: { ...persistence, annotations: {} } };
  return { props: { ...props, values: { ...values, mimir: { ...values?.mimir, minio } } }, opts };
};

/** The program from before it marked what it makes, and told Helm to keep MinIO's volume. */
export const beforeTheMark = programWith({
  claimNames,
  StackOwnership: class {
    readonly id = pulumi.output("none");
    readonly mark = unmarked;
  },
});
