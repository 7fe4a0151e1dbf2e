# SPDX-License-Identifier: Apache-2.0
# pipelines inside of groups inside of pipelines
{ seq 1 5 | { sort -r | head -n 3; }; echo x | { cat; echo y; } | tac; } | paste -s -d, 
