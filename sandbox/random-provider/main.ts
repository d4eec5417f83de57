/**
 * A stand-in for the official Random provider, for machines where its plugin cannot be had. It knows
 * RandomPassword only, is used by the sandbox and the tests only, and is announced there.
 */
import { main } from "@pulumi/pulumi/provider";
import { RandomPasswordProvider } from "./random-password";

void main(new RandomPasswordProvider(), process.argv.slice(2));
