declare module "htmx.org" {
  const htmx: { config: Record<string, unknown> };
  export default htmx;
}
