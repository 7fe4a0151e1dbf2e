(* SPDX-License-Identifier: Apache-2.0 *)
(* The theorems are about something: the state that the nucleus begins with fulfils
   what they ask for. One table, in the root namespace, with a capability to itself
   and one to an Untyped. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability State Derivation Operations Invariant Ledger Apart.
Import ListNotations.

Definition first_cap (i : nat) (k : kind) (start bytes : N) : cap :=
  {| id := i; slot := {| table := 0; index := i + 2 |}; parent := None; what := k; object := i; rights := all_rights;
     badge := 0; base := start; size := bytes; gate := None; taken := 0; paid := 0 |}.

Definition genesis (table_slots bytes : N) (limits : amounts) : state :=
  {| caps := [first_cap 0 Table 0 (64 * table_slots); first_cap 1 Untyped (64 * table_slots) bytes];
     next := 2;
     members := [{| named := 0; sort := Table; of := []; weight := table_slots |}];
     spaces := [{| path := []; used := {| bytes := 0; slots := table_slots; threads := 0 |}; limit := limits;
                   exports := 131071; imports := 131071 |}] |}.

Theorem genesis_is_well_formed n bytes limits : well_formed (genesis n bytes limits).
Proof.
  constructor; simpl.
  - intros c [<-|[<-|[]]]; simpl; lia.
  - intros m [<-|[]]; simpl; lia.
  - intros c d [<-|[<-|[]]] [<-|[<-|[]]]; simpl; auto; discriminate.
  - intros c d [<-|[<-|[]]] [<-|[<-|[]]]; simpl; auto; discriminate.
  - intros c p [<-|[<-|[]]]; discriminate.
Qed.

Theorem genesis_is_accounted n bytes limits : accounted (genesis n bytes limits) /\ settled (genesis n bytes limits).
Proof.
  split; [constructor|]; simpl.
  - intros e r [<-|[]]. destruct r; simpl; auto. unfold fee; simpl. lia.
  - repeat constructor; simpl; intuition discriminate.
  - intros c [<-|[<-|[]]]; simpl; lia.
  - intros c [<-|[<-|[]]]; simpl; auto.
  - intros c [<-|[<-|[]]]; simpl; auto.
Qed.

Theorem genesis_is_separate n bytes limits : separate (genesis n bytes limits).
Proof.
  constructor; simpl.
  - intros c d [<-|[<-|[]]] [<-|[<-|[]]]; auto; left; unfold disjoint; simpl; lia.
  - intros c d [<-|[<-|[]]] [<-|[<-|[]]]; simpl; auto; discriminate.
  - intros c u [<-|[<-|[]]] [<-|[<-|[]]]; discriminate.
Qed.

Print Assumptions genesis_is_well_formed.
Print Assumptions genesis_is_accounted.
Print Assumptions genesis_is_separate.
