import { defineConfig } from 'vitest/config'

// Where .ci/run wants the count of what passed and failed.
const report = process.env['GEOREP_TEST_REPORT']

// What is timed comes last, two files side by side: drills wait for most of their time, and with the machine busy otherwise they pass as well.
const timed = ['test/cluster/drill-{sandbox,mm2,forced,practice,wan}.test.ts', 'test/cluster/secure-drill.test.ts']

/** What one file has loaded the next one need not, and of what was not as expected, all is to be read. */
const every = { isolate: false, chaiConfig: { truncateThreshold: 1_000 } }
/** With real brokers: machines may be slow. */
const real = { ...every, testTimeout: 240_000, hookTimeout: 240_000 }

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        test: {
          ...every,
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/{architecture,argv,golden,fault}/**/*.test.ts'],
          maxWorkers: 2, // as many as a small machine has cores: by itself it keeps one free
          testTimeout: 30_000,
          hookTimeout: 120_000, // some compile the whole of it
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Most of it waits: three files side by side, on two clusters that they share or on their own, keep two cores busy for three quarters of the time.
        test: {
          ...real,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          exclude: timed,
          globalSetup: ['test/cluster/global-setup.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...real,
          name: 'drill',
          include: timed,
          globalSetup: ['test/cluster/installed-setup.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
