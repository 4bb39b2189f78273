/** Whoever comes by PLAINTEXT may do everything; by SECURE, `app` and `other` (password `secret`) may do what ACLs do not forbid. */
export const withAuthorizer = {
  listeners: [{ name: 'SECURE', protocol: 'SASL_PLAINTEXT' }],
  properties: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'true',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secure.plain.sasl.jaas.config':
      'org.apache.kafka.common.security.plain.PlainLoginModule required user_app="secret" user_other="secret";',
  },
} as const
