import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addSandboxCut } from './cut.ts'
import { addSandboxDown } from './down.ts'
import { addSandboxFaults } from './fault.ts'
import { addSandboxStatus } from './status.ts'
import { addSandboxUp } from './up.ts'
import { addSandboxWan } from './wan.ts'

export function addSandbox(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'Two real Kafka clusters, "east" and "west", as processes of this machine. They need Java 17 or newer; Kafka itself ' +
        'is fetched by Maven once, or taken from KAFKA_HOME.',
    ),
    ['georep sandbox up', 'georep sandbox status', 'georep sandbox down'],
  )
  addSandboxUp(noun, perform)
  addSandboxStatus(noun, perform)
  addSandboxDown(noun, perform)
  addSandboxFaults(noun, perform)
  addSandboxCut(noun, perform)
  addSandboxWan(noun, perform)
}
