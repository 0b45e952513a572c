// A real identity provider (OpenID Connect): oidc-provider of npm, with its own pages for signing in and for agreeing.

import { createServer } from "node:http";
import Provider from "oidc-provider";

const CLIENT = { id: "gonghui", secret: "only-for-this-test-0123456789abcdef" };

/** Starts one that knows the console at `url`; answers its settings for `gonghui serve`, and `close()`. */
export async function openProvider(url) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Another site than the console at 127.0.0.1, as in life: cookies must survive the way there and back.
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${url}/sign-in/provider/return`],
        post_logout_redirect_uris: [`${url}/sign-in?bye=1`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    cookies: { keys: ["only for this test"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  });
  server.on("request", provider.callback());
  return {
    env: {
      GONGHUI_PUBLIC_URL: url,
      GONGHUI_OIDC_ISSUER: issuer,
      GONGHUI_OIDC_CLIENT_ID: CLIENT.id,
      GONGHUI_OIDC_SECRET: CLIENT.secret,
    },
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** The person's part on the provider's pages: who they are there, and yes. Whoever it knows already is only asked to agree. */
export async function approve(page, subject) {
  const login = page.locator("input[name=login]");
  const agree = page.getByRole("button", { name: "Continue" });
  await login.or(agree).waitFor();
  if (await login.count()) {
    await login.fill(subject);
    await page.locator("input[name=password]").fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await agree.waitFor();
  }
  await agree.click();
}
