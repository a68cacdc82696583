declare module "prom-client/lib/*.js" {
  const part: unknown;
  // biome-ignore lint/style/noDefaultExport: it is how these CommonJS modules look to an import.
  export default part;
}
