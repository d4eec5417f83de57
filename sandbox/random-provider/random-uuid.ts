/** RandomUuid beside RandomPassword, in the stand-in for the official Random provider. */
import { randomUUID } from "node:crypto";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { RandomPasswordProvider } from "./random-password";

type Properties = Record<string, unknown>;

function isUuid(urn: string): boolean {
  return urn.includes("random:index/randomUuid:RandomUuid::");
}

/** Both resources of the official provider that the program uses. */
export class RandomProvider extends RandomPasswordProvider {
  override check(urn: string, olds: Properties, news: Properties): Promise<CheckResult> {
    return isUuid(urn) ? Promise.resolve({ inputs: news }) : super.check(urn, olds, news);
  }

  override diff(id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    if (!isUuid(urn)) return super.diff(id, urn, olds, news);
    const changes = JSON.stringify(olds["keepers"]) !== JSON.stringify(news["keepers"]);
    return Promise.resolve({ changes, replaces: changes ? ["keepers"] : [] });
  }

  override create(urn: string, inputs: Properties): Promise<CreateResult> {
    if (!isUuid(urn)) return super.create(urn, inputs);
    const result = randomUUID();
    return Promise.resolve({ id: result, outs: { ...inputs, result } });
  }

  override read(id: string, urn: string, props: Properties = {}): Promise<ReadResult> {
    return isUuid(urn) ? Promise.resolve({ id, props }) : super.read(id, urn, props);
  }

  override update(
    id: string,
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<UpdateResult> {
    return isUuid(urn)
      ? Promise.resolve({ outs: { ...news, result: olds["result"] } })
      : super.update(id, urn, olds, news);
  }
}
