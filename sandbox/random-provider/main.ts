/**
 * A stand-in for the official Random provider, for machines where its plugin cannot be had. It knows
 * RandomPassword and RandomUuid only, is used by the sandbox and the tests only, and is announced there.
 */
import { main } from "@pulumi/pulumi/provider";
import { endWithParent } from "../../lib/process/end-with-parent";
import { RandomProvider } from "./random-provider";

endWithParent();
void main(new RandomProvider(), process.argv.slice(2));
