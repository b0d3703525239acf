#!/bin/bash
# In place of the unit tests where they can't be built.
echo "skip: cmocka was not there when configure looked: no unit tests"
exit 77
