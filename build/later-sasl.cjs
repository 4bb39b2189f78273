'use strict'
// Stands for kafkajs's login in the bundle, which would bring all of kafkajs's protocol with it: three quarters of what a connection loads (docs/adr/0015).
// What it stands for is loaded by the first connection that logs in.
module.exports = class LaterSaslAuthenticator {
  constructor(...given) {
    this.given = given
  }

  async authenticate() {
    const { default: SaslAuthenticator } = await import('kafkajs/src/broker/saslAuthenticator/index.js')
    const authenticator = new SaslAuthenticator(...this.given)
    await authenticator.authenticate()
    this.sessionLifetime = authenticator.sessionLifetime
  }
}
