// Task definitions that try to break every format by what they are called and what they hold.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const [directory] = process.argv.slice(2);

const evil = [
  '::error file=x,line=1::y%0A%25',
  '##[set-output name=a]b ##vso[task.setvariable variable=x]y',
  'a|b`c``d\\|<img src=x onerror=y><!-- -->',
  '@everyone #1 !2 www.example.com https://example.com [x](y) *z* _z_ $x$ :smile:',
  ']]><x/>&amp;"\'',
  '\u001b[31m\u202e\u2066\u0007\u009b',
];
evil.forEach((text, index) => {
  const task = {
    family: text,
    requiresCompatibilities: ['FARGATE'],
    containerDefinitions: [
      { name: text, image: `registry.corp.internal:5000/${text}:1`, logConfiguration: { logDriver: 'awslogs' } },
      { name: 'second', image: 'registry.corp.internal:5000/web:1', secrets: [{ name: text, valueFrom: `${text}` }] },
    ],
  };
  // A slash cannot be in a name, nor can a name be a directory's own.
  writeFileSync(join(directory, `${text.replaceAll('/', '-')}\n${index}.json`), JSON.stringify(task, null, 2));
});
