(* SPDX-License-Identifier: Apache-2.0 *)
(* The model as a program, for executable/main.ml. Numbers become OCaml's, of 63 bits:
   nothing that is compared with the nucleus comes near 2^62. *)
From Coq Require Import NArith Extraction ExtrOcamlBasic ExtrOcamlNatInt ExtrOcamlZInt.
From Tessera Require Import Capability State Operations.

Extraction Language OCaml.
Extraction "capability_model.ml" step with_caps number.
