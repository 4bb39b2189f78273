import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addConfigShow } from './show.ts'
import { addConfigValidate } from './validate.ts'

export function addConfig(noun: Command, perform: Perform): void {
  noun.description('georep.yaml names the clusters, and sets defaults and objectives.').addHelpText('after', sample)
  withExamples(noun, ['georep config validate', 'georep config show -o json'])
  addConfigValidate(noun, perform)
  addConfigShow(noun, perform)
}

const sample = `
A georep.yaml:
  clusters:
    east: { bootstrap: [kafka-east:9092], region: us-east-1 }
    south: { region: us-east-2, properties: ./client.properties }
    west:
      bootstrap: [kafka-west:9092]
      region: us-west-2
      tls: { ca: ./ca.pem }
      sasl: { mechanism: SCRAM-SHA-512, username: georep, password: "\${env:WEST_PASSWORD}" }
      connect: { url: https://connect-west:8083, username: georep, password: "\${env:CONNECT_PASSWORD}", tls: { ca: ./ca.pem } }
  defaults: { groups: ["orders-*"] }
  objectives: { rto: 60s, rpo: 5s, lag: 30s, topics: { "orders-*": { lag: 5s } } }

"properties" names a Java client's file: its servers, unless "bootstrap" is set beside it, and its security, so that "tls" and "sasl" cannot be.
tls: ca, cert, key (files in PEM), keyPassword, skipHostnameCheck. sasl: mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 with username and
password; or OAUTHBEARER with tokenEndpoint, clientId, clientSecret, scope, extensions, ca. connect: where the Kafka Connect beside the
cluster answers, and username and password (HTTP basic), or tls with cert and key, where it asks for them. Values may hold \${env:NAME} and \${file:PATH}:
files are read again when a cluster refuses what they held.`
