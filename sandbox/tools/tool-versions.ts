/** Versions of the tools that more than one table names. */

export const KUBERNETES = "1.36.3";
export const KWOK = "0.8.0";
export const PULUMI = "3.259.0";
export const HELM = "3.21.4";

/** Pulumi's plugins: those of the npm packages. */
export const PROVIDER = "4.25.0";
export const RANDOM = "4.21.2";
