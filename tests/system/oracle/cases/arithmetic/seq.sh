# SPDX-License-Identifier: Apache-2.0
# seq and factor
seq 5; seq 2 2 8; seq 5 -2 0; seq -w 8 10; seq -s, 3
seq 0.5 0.25 1.25
factor 360 97 1000003
