# The same commands by name: `just demo`, `just test central/images`, `just bench match --short`.

default:
    @just --list --unsorted

# what it does, in one command
demo *args:
    npm run demo -- {{args}}

# every test, or those with a word in their path
test *words:
    npm test -- {{words}}

# types, lint, rules of the house, dead code
check *args:
    npm run check -- {{args}}

# let the formatter put right what it can
fix:
    npm run check -- --fix

# the two programs, from source
central *args:
    npm run central -- {{args}}

edge *args:
    npm run edge -- {{args}}

# dist/central.js, dist/edge.js and the pages
build:
    npm run build

# measure; without a name: what there is
bench *args:
    npm run bench -- {{args}}

# pictures of every page
shots:
    npm run shots

# all that a change must pass
ci:
    .ci/run
