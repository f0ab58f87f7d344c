import { describeKills } from './killed-at.ts'

// Every stage once and every point once; `npm run test:crash` has all of them.
describeKills('a worker that is killed once in each stage', [
  { stage: 'intake', point: 'K1' },
  { stage: 'planning', point: 'K4' },
  { stage: 'specifying', point: 'K5' },
  { stage: 'coding', point: 'K8' },
  { stage: 'verifying', point: 'K3' },
  { stage: 'reviewing', point: 'K6' },
  { stage: 'publishing', point: 'K7' },
])
