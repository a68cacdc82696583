/** What a binary is for. */
export interface Target {
  /** Bun's name of it. */
  readonly target: string;
  /** Ours, as install.sh finds it out. */
  readonly name: string;
  /** Debian's name of the architecture; undefined where there is no package. */
  readonly debian: "amd64" | "arm64" | undefined;
}

/** Every released binary. The x64 ones run on processors without AVX2 too. */
export const TARGETS: readonly Target[] = [
  { target: "bun-linux-x64-baseline", name: "linux-amd64", debian: "amd64" },
  { target: "bun-linux-x64-musl-baseline", name: "linux-amd64-musl", debian: undefined },
  { target: "bun-linux-arm64", name: "linux-arm64", debian: "arm64" },
  { target: "bun-linux-arm64-musl", name: "linux-arm64-musl", debian: undefined },
];
