(* SPDX-License-Identifier: Apache-2.0 *)
(* The model as a program, for executable/main.ml. Numbers become OCaml's, of 63 bits:
   nothing that is compared with the nucleus comes near 2^62. *)
From Coq Require Import NArith Extraction ExtrOcamlBasic ExtrOcamlNatInt ExtrOcamlZInt.
From Tessera Require Import Capability State Operations.

Extraction Language OCaml.
(* That library leaves these to recursion, of_nat by one. *)
Extract Constant N.of_nat => "(fun n -> n)".
Extract Constant N.eqb => "(fun (a : int) b -> a = b)".
Extract Constant N.leb => "(fun (a : int) b -> a <= b)".
Extract Constant N.ltb => "(fun (a : int) b -> a < b)".
Extract Constant N.land => "(land)".
Extract Constant N.testbit => "(fun a n -> n < 63 && (a lsr n) land 1 = 1)".
Extraction "capability_model.ml" step with_caps number at_slot.
