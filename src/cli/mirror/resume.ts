import type { Command } from 'commander'
import type { Perform } from '../wiring.ts'
import { addMirrorChange } from './change-verb.ts'

export function addMirrorResume(noun: Command, perform: Perform): void {
  addMirrorChange(noun, perform, {
    name: 'resume',
    summary: 'go on with paused mirrors',
    description:
      'Has the runner go on with these mirrors where they stopped. What they hold is compared with the source first. On a link of MirrorMaker 2 they are put on the list of its connector again, which goes on from where Kafka Connect has written down, and one that was left stopped is started.',
    load: async () => (await import('./resume-run.ts')).runMirrorResume,
  })
}
