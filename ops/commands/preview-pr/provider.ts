/** Asks the Kubernetes provider what a change of inputs means. */
import { DiffRequest, DiffResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isRecord } from "../../../lib/kubernetes/objects";
import { call, startProviderProcess } from "../../../lib/pulumi/provider-process";
import { secret } from "../../../lib/pulumi/special-values";
import type { Json } from "../../../policy/subject";

export type Verdict = "none" | "update" | "replace" | "delete, then create";

/** The real Kubernetes provider, without a cluster: it is asked what a change means, and makes none. */
export interface Provider {
  verdict(
    resource: { readonly type: string; readonly name: string },
    before: Json,
    after: Json,
  ): Promise<Verdict>;
  close(): void;
}

function structOf(value: Json): Struct {
  // Undefined cannot be written; what is left is plain data.
  return Struct.fromJavaScript(
    JSON.parse(JSON.stringify(value)) as Parameters<typeof Struct.fromJavaScript>[0],
  );
}

/** The API server stores a Secret's texts as data, which is what the provider compares with. */
function stored(type: string, { stringData, ...inputs }: Json): Json {
  if (type !== "kubernetes:core/v1:Secret" || !isRecord(stringData)) {
    return stringData === undefined ? inputs : { ...inputs, stringData };
  }
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  return {
    ...inputs,
    data: { ...(inputs["data"] as object | undefined), ...(Object.fromEntries(encoded) as object) },
  };
}

/** A state as the provider would have stored it: the object itself, and beside it what was asked for. */
function stateOf(inputs: Json): Struct {
  return structOf({ ...inputs, __inputs: secret(inputs) });
}

/**
 * Starts the provider with a kubeconfig that names no cluster.
 *
 * @param executable path of pulumi-resource-kubernetes
 */
export async function startProvider(executable: string): Promise<Provider> {
  const { client, close } = await startProviderProcess(executable, {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
  });
  return {
    verdict: async ({ type, name }, before, after) => {
      const request = new DiffRequest();
      request.setId(name);
      request.setUrn(`urn:pulumi:preview::lgtm::${type}::${name}`);
      request.setType(type);
      request.setName(name);
      request.setOlds(stateOf(stored(type, before)));
      request.setOldInputs(structOf(stored(type, before)));
      request.setNews(structOf(stored(type, after)));
      const answer = await call<DiffResponse>((done) => client.diff(request, done));
      if (answer.getChanges() === DiffResponse.DiffChanges.DIFF_NONE) return "none";
      if (answer.getReplacesList().length === 0) return "update";
      return answer.getDeletebeforereplace() ? "delete, then create" : "replace";
    },
    close,
  };
}
