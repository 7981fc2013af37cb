const config = { configuration: { pageTitle: "A vault", locale: "en-US", baseUrl: "vault.example/notes" } }
export default config
