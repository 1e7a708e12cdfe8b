import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const KIND_ORDER = { prefer: 'type-imports', fixStyle: 'inline-type-imports' };

/** Sizes and rules are hard from the first day; docs/architecture.md says why. */
export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      '.data*/',
      'dist/',
      'coverage/',
      'sandbox/contracts/',
      'test/replay/histories/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', KIND_ORDER],
      // An empty string counts as absent where it comes from the environment.
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { string: true } },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'max-params': ['error', 4],
      // Control characters in expressions are what a check of foreign input is made of.
      'no-control-regex': 'off',
      // `== null` is the short way to say "null or absent" of foreign data.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ForInStatement', message: 'for…in walks prototypes: use Object.keys.' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    // A describe block is a list of facts, not a function to keep in the head.
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['workflows/**/*.ts'],
    ignores: ['**/*.test.ts'],
    // Workflow code is replayed: whatever answers differently the second time is out.
    rules: { 'no-restricted-globals': ['error', 'process', 'Buffer', 'fetch'] },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        module: 'writable',
        URL: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
);
