(* SPDX-License-Identifier: Apache-2.0 *)
(* What is proved of every sequence of operations, for a reader who wants only
   that. docs/capabilities.md has the rules in words. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability Operations Invariant.
Import ListNotations.

(* `c` was derived, in any number of steps, from `d`. *)
Inductive descends (s : state) : cap -> cap -> Prop :=
  | child c d : In c (caps s) -> In d (caps s) -> parent c = Some (id d) -> descends s c d
  | further c m d : descends s c m -> descends s m d -> descends s c d.

(* Rule 2. However a state was reached, nothing has more than what it was derived from. *)
Theorem monotonicity s l c d : well_formed s -> descends (run s l) c d -> no_more_than c d.
Proof.
  intros W H. pose proof (run_keeps l s W) as V. induction H as [c d I J P|].
  - destruct (sourced _ V c (id d) I P) as (e & K & E & _ & R).
    now rewrite <- (one_id _ V e d K J E).
  - eauto using no_more_trans.
Qed.

(* The derivation tree has no cycle. *)
Theorem acyclic s l c d : well_formed s -> descends (run s l) c d -> id d < id c.
Proof.
  intros W H. pose proof (run_keeps l s W) as V. induction H as [c d I J P|]; [|lia].
  destruct (sourced _ V c (id d) I P) as (e & _ & E & L & _). exact L.
Qed.

(* Rule 3. After a revoke nothing descends from what was revoked, the capability
   itself is still there, and nothing that did not descend from it has gone. *)
Lemma below_descends s root : well_formed s -> In root (caps s) -> forall f c, In c (caps s) ->
  below f (caps s) (id root) (id c) = true -> descends s c root.
Proof.
  intros W R. induction f as [|f IH]; intros c I H; [discriminate|].
  cbn [below] in H. rewrite (by_id_in s c W I) in H.
  destruct (parent c) as [p|] eqn:P; [|discriminate].
  apply orb_true_iff in H as [H|H].
  - apply Nat.eqb_eq in H. apply child; congruence.
  - destruct (sourced s W c p I P) as (d & J & E & _). subst p.
    eapply further; [apply child with (d := d); auto|now apply IH].
Qed.

Lemma no_children s root : well_formed s ->
  forall c, In c (caps (revoke root s)) -> parent c <> Some root.
Proof.
  intros W c H P. apply revoke_in in H as [I B].
  rewrite (below_child s root c root) in B; auto. discriminate.
Qed.

Lemma last_step s c d : descends s c d -> exists x, In x (caps s) /\ parent x = Some (id d).
Proof. induction 1; eauto. Qed.

Lemma descends_in s c d : descends s c d -> In c (caps s) /\ In d (caps s).
Proof. induction 1; tauto. Qed.

Theorem revocation_is_complete s l actor target root :
  well_formed s -> at_slot (run s l) target = Some root ->
  let before := run s l in
  let after := snd (step before actor (Revoke target)) in
  (forall c, ~ descends after c root) /\
  In root (caps after) /\
  (forall c, In c (caps before) -> ~ descends before c root -> In c (caps after)).
Proof.
  intros W A before after. pose proof (run_keeps l s W) as V. fold before in V, A.
  unfold after. simpl. rewrite A. simpl snd. apply at_slot_some in A as [R _]. split; [|split].
  - intros c H. destruct (last_step _ _ _ H) as (x & X & P). exact (no_children before (id root) V x X P).
  - apply revoke_in. split; auto. destruct (below _ _ _ _) eqn:B; auto.
    apply below_descends in B; auto.
    pose proof (acyclic before [] root root V B). lia.
  - intros c I N. apply revoke_in. split; auto. destruct (below _ _ _ _) eqn:B; auto.
    exfalso. apply N. eapply below_descends; eauto.
Qed.

(* Rule 1. `n` and the namespaces below it. *)
Definition inside (n : namespace) (s : state) (c : cap) : Prop := ancestor n (place s c) = true.

(* Who can bring something in: an actor above `n` (n itself is not), or a gate
   whose authority is above `n`. *)
Definition above (a n : namespace) : Prop := ancestor a n = true /\ a <> n.

Definition brings_in (s : state) (n : namespace) (actor : namespace) (o : operation) : Prop :=
  above actor n \/
  exists through source target mask e g, o = Transfer through source target mask /\
    at_slot s through = Some e /\ gate e = Some g /\ above (authority g) n.

Arguments list_eq_dec : simpl never.
Arguments direct : simpl never.

Lemma ancestor_unfold a n : ancestor a n =
  if list_eq_dec Nat.eq_dec a n then true
  else match n with [] => false | _ :: up => ancestor a up end.
Proof. destruct n; reflexivity. Qed.

Lemma ancestor_refl a : ancestor a a = true.
Proof. rewrite ancestor_unfold. destruct (list_eq_dec Nat.eq_dec a a); congruence. Qed.

Lemma ancestor_suffix a n : ancestor a n = true <-> exists p, n = p ++ a.
Proof.
  split.
  - induction n as [|x n IH]; rewrite ancestor_unfold;
      match goal with |- context [list_eq_dec Nat.eq_dec ?l ?m] => destruct (list_eq_dec Nat.eq_dec l m) as [->|] end;
      intros H; try discriminate; try (now exists []).
    destruct (IH H) as [p ->]. now exists (x :: p).
  - intros [p ->]. induction p as [|x p IH]; [apply ancestor_refl|].
    rewrite ancestor_unfold. destruct (list_eq_dec Nat.eq_dec a ((x :: p) ++ a)); auto.
Qed.

Lemma comparable a b n : ancestor a n = true -> ancestor b n = true -> ancestor a b = true \/ ancestor b a = true.
Proof.
  rewrite !ancestor_suffix. intros [p ->] [q E]. revert q E.
  induction p as [|x p IH]; simpl; intros q E.
  - right. now exists q.
  - destruct q as [|y q]; simpl in E; [left; exists (x :: p); auto|].
    inversion E. eauto.
Qed.

Lemma ancestor_trans a b c : ancestor a b = true -> ancestor b c = true -> ancestor a c = true.
Proof. rewrite !ancestor_suffix. intros [p ->] [q ->]. exists (q ++ p). now rewrite <- ?app_assoc. Qed.

(* An authority that is not above n hands into n only what was inside n. *)
Lemma source_inside a n from to : ~ above a n -> ancestor a from = true -> ancestor a to = true ->
  ancestor n to = true -> ancestor n from = true.
Proof.
  intros N F T B. destruct (comparable a n to T B) as [H|H].
  - destruct (list_eq_dec Nat.eq_dec a n) as [->|D]; auto. now destruct N.
  - eapply ancestor_trans; eauto.
Qed.

Lemma direct_inside a n from to : ~ above a n -> direct a from to = true ->
  ancestor n to = true -> ancestor n from = true.
Proof.
  unfold direct, same. intros N D B. apply orb_true_iff in D as [D|D].
  - destruct (list_eq_dec Nat.eq_dec from to); congruence.
  - apply andb_true_iff in D as [? ?]. eapply source_inside; eauto.
Qed.

Lemma derive_confined s n d t a m nb o k g c : In d (caps s) ->
  (a = true -> ancestor n (home s (table t)) = true -> inside n s d) ->
  In c (caps (snd (derive s d t a m nb o k g))) -> inside n (snd (derive s d t a m nb o k g)) c ->
  exists e, In e (caps s) /\ inside n s e /\ no_more_than c e.
Proof.
  intros D A. destruct (derive_cases s d t a m nb o k g) as [->|(_ & L & T & ->)].
  - intros I B. exists c. auto using no_more_refl.
  - intros [<-|I] B; [|exists c; auto using no_more_refl].
    exists d. split; [auto|split; [exact (A T B)|now apply derived_no_more]].
Qed.

Lemma relocate_confined s n a b c :
  (forall x, In x (caps s) -> slot x = a -> ancestor n (home s (table b)) = true -> inside n s x) ->
  (forall x, In x (caps s) -> slot x = b -> ancestor n (home s (table a)) = true -> inside n s x) ->
  In c (caps (relocate a b s)) -> inside n (relocate a b s) c ->
  exists e, In e (caps s) /\ inside n s e /\ no_more_than c e.
Proof.
  intros A B H. unfold relocate in H. simpl in H. apply in_map_iff in H as (x & <- & X).
  unfold inside at 1, place. simpl. intros P. exists x. split; [auto|split].
  - unfold exchange in P. destruct (slot_eq (slot x) a) eqn:E.
    + apply slot_eq_true in E. auto.
    + destruct (slot_eq (slot x) b) eqn:F; [apply slot_eq_true in F|]; auto.
  - exact (no_more_refl x).
Qed.

Lemma remove_confined s n d c : In c (caps (remove d s)) -> inside n (remove d s) c ->
  exists e, In e (caps s) /\ inside n s e /\ no_more_than c e.
Proof.
  intros H P. apply remove_in in H as (x & X & _ & ->).
  destruct (adopt_same d x) as (_ & S & R & _). exists x. split; [auto|split].
  - unfold inside, place in *. now rewrite S in P.
  - apply R, no_more_refl.
Qed.

Ltac by_derive :=
  match goal with I : In _ (caps (snd (derive _ _ _ _ _ _ _ _ _))), J : inside _ _ _ |- _ =>
    refine (derive_confined _ _ _ _ _ _ _ _ _ _ _ _ _ I J); [auto|];
    let T := fresh in let B := fresh in intros T B; eapply direct_inside; eauto end.

Theorem step_is_confined s n actor o c : well_formed s -> ~ brings_in s n actor o ->
  let after := snd (step s actor o) in
  In c (caps after) -> inside n after c ->
  exists d, In d (caps s) /\ inside n s d /\ no_more_than c d.
Proof.
  intros W N after.
  assert (NA : ~ above actor n) by (intros X; apply N; now left).
  assert (Stay : In c (caps s) -> inside n s c -> exists d, In d (caps s) /\ inside n s d /\ no_more_than c d)
    by (intros; exists c; auto using no_more_refl).
  unfold after; clear after. destruct o; simpl;
  repeat match goal with
  | |- context [at_slot s ?x] => let A := fresh "A" in destruct (at_slot s x) eqn:A
  end; auto;
  repeat match goal with H : at_slot s _ = Some _ |- _ =>
    let K := fresh "K" in pose proof (at_slot_some _ _ _ H) as K; revert H; destruct K end; intros.
  - destruct (kind_eq _ _); auto.
  - revert H1 H2. destruct (kind_eq _ _) as [U|]; auto.
    destruct (N.leb_spec (mark s c0 + bytes) (size c0)); simpl; auto.
    destruct (direct _ _ _) eqn:E; simpl; auto.
    intros [<-|I] B; auto. exists c0. split; [auto|split].
    + eapply direct_inside; eauto.
    + unfold no_more_than, within; simpl. split; [lia|auto].
  - by_derive.
  - revert H1 H2. destruct new_gate; [destruct (negb _); auto; destruct (kind_eq _ _); auto|];
    intros; by_derive.
  - revert H3 H4. destruct (gate c0) as [g|] eqn:G.
    + destruct (direct actor (place s c1) _) eqn:E; intros I J.
      * refine (derive_confined _ _ _ _ _ _ _ _ _ _ _ _ _ I J); [auto|].
        intros _ B. exact (direct_inside _ _ _ _ NA E B).
      * refine (derive_confined _ _ _ _ _ _ _ _ _ _ _ _ _ I J); [auto|].
        intros T B. unfold gate_lets in T. rewrite !andb_true_iff in T.
        destruct T as (((T1 & T2) & _) & _).
        refine (source_inside (authority g) _ _ _ _ T1 T2 B).
        intros X. apply N. right. exists through, source, target, mask, c0, g. auto.
    + intros; by_derive.
  - revert H1 H2. destruct (may_move s actor c0 target) eqn:E; auto. intros I J.
    apply andb_true_iff in E as [E _].
    refine (relocate_confined _ _ _ _ _ _ _ I J); intros x X S B.
    + assert (x = c0) by (apply (one_slot s W); congruence). subst x.
      exact (direct_inside _ _ _ _ NA E B).
    + exfalso. exact (at_slot_none s _ x A0 X S).
  - revert H3 H4. destruct (may_move s actor c0 b && may_move s actor c1 a) eqn:E; auto. intros I J.
    apply andb_true_iff in E as [E F].
    apply andb_true_iff in E as [E _]. apply andb_true_iff in F as [F _].
    refine (relocate_confined _ _ _ _ _ _ _ I J); intros x X S B.
    + assert (x = c0) by (apply (one_slot s W); congruence). subst x.
      exact (direct_inside _ _ _ _ NA E B).
    + assert (x = c1) by (apply (one_slot s W); congruence). subst x.
      exact (direct_inside _ _ _ _ NA F B).
  - revert H1 H2. unfold delete. intros I J.
    destruct (remove_confined _ _ _ _ I J) as (e & X & Y & Z).
    exists e. destruct (kind_eq _ _); auto. apply revoke_in in X as [X _]. auto.
  - apply revoke_in in H1 as [X _]. auto.
Qed.

(* However long they go on: if no actor above n and no gate from above n brings
   anything in, nobody inside ever has more than somebody inside had at first. *)
Fixpoint nothing_brought_in (s : state) (n : namespace) (l : list (namespace * operation)) : Prop :=
  match l with
  | [] => True
  | (a, o) :: r => ~ brings_in s n a o /\ nothing_brought_in (snd (step s a o)) n r
  end.

Theorem confinement n l : forall s c, well_formed s -> nothing_brought_in s n l ->
  In c (caps (run s l)) -> inside n (run s l) c ->
  exists d, In d (caps s) /\ inside n s d /\ no_more_than c d.
Proof.
  induction l as [|[a o] l IH]; simpl; intros s c W Q I J.
  - exists c. auto using no_more_refl.
  - destruct Q as [Q R]. destruct (IH _ c (step_keeps s a o W) R I J) as (m & X & Y & Z).
    destruct (step_is_confined s n a o m W Q X Y) as (d & ? & ? & ?).
    exists d. eauto using no_more_trans.
Qed.

(* The theorems are about something: genesis holds one Untyped. *)
Definition genesis (bytes : N) (members : nat -> namespace) : state :=
  {| caps := [{| id := 0; slot := {| table := 0; index := 0 |}; parent := None; what := Untyped;
                 object := 0; rights := 255; badge := None; base := 0; size := bytes; gate := None |}];
     next := 1; marks := []; home := members |}.

Theorem genesis_is_well_formed bytes members : well_formed (genesis bytes members).
Proof.
  constructor; simpl.
  - intros c [<-|[]]. simpl. lia.
  - intros c d [<-|[]] [<-|[]]; auto.
  - intros c d [<-|[]] [<-|[]]; auto.
  - intros c p [<-|[]]. discriminate.
Qed.

Print Assumptions monotonicity.
Print Assumptions acyclic.
Print Assumptions revocation_is_complete.
Print Assumptions confinement.
Print Assumptions genesis_is_well_formed.
