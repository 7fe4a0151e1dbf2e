(* SPDX-License-Identifier: Apache-2.0 *)
(* What holds of every state, and that each operation keeps it. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability Operations.
Import ListNotations.

Record well_formed (s : state) : Prop := {
  fresh : forall c, In c (caps s) -> id c < next s;
  one_id : forall c d, In c (caps s) -> In d (caps s) -> id c = id d -> c = d;
  one_slot : forall c d, In c (caps s) -> In d (caps s) -> slot c = slot d -> c = d;
  sourced : forall c p, In c (caps s) -> parent c = Some p ->
    exists d, In d (caps s) /\ id d = p /\ p < id c /\ no_more_than c d }.

Lemma no_more_refl c : no_more_than c c.
Proof.
  unfold no_more_than, within, given_once. split; [lia|right].
  repeat split; auto. apply N.land_diag.
Qed.

Lemma no_more_trans a b c : no_more_than a b -> no_more_than b c -> no_more_than a c.
Proof.
  unfold no_more_than, within, given_once.
  intros [R1 H1] [R2 H2]. split; [lia|].
  destruct H2 as [U|(K2 & O2 & A2 & B2 & G2)]; [now left|].
  destruct H1 as [U|(K1 & O1 & A1 & B1 & G1)]; [left; congruence|right].
  repeat split; try congruence.
  - rewrite <- A1 at 1. rewrite <- N.land_assoc. now rewrite A2.
  - destruct B2 as [->|E]; [now left|]. destruct B1 as [F|F]; [left|right]; congruence.
  - destruct G2 as [->|E]; [now left|]. destruct G1 as [F|F]; [left|right]; congruence.
Qed.

Lemma slot_eq_true a b : slot_eq a b = true <-> a = b.
Proof.
  destruct a, b; unfold slot_eq; simpl. rewrite andb_true_iff, !Nat.eqb_eq.
  split; [intros [-> ->]; auto|intros E; inversion E; auto].
Qed.

Lemma at_slot_some s x c : at_slot s x = Some c -> In c (caps s) /\ slot c = x.
Proof. intros H. apply find_some in H. now rewrite slot_eq_true in H. Qed.

Lemma at_slot_none s x c : at_slot s x = None -> In c (caps s) -> slot c <> x.
Proof.
  intros H I E. pose proof (find_none _ _ H _ I) as F. simpl in F.
  apply slot_eq_true in E. congruence.
Qed.

Lemma by_id_in s c : well_formed s -> In c (caps s) -> by_id (caps s) (id c) = Some c.
Proof.
  intros W I. unfold by_id. destruct (find _ _) eqn:F.
  - apply find_some in F as [J E]. apply Nat.eqb_eq in E. f_equal. now apply (one_id s W).
  - pose proof (find_none _ _ F _ I) as G. simpl in G. now rewrite Nat.eqb_refl in G.
Qed.

(* More fuel than the identity changes nothing. *)
Lemma below_fuel s root : well_formed s -> forall f i,
  i < f -> below (S f) (caps s) root i = true -> below f (caps s) root i = true.
Proof.
  intros W. induction f as [|f IH]; intros i L H; [lia|].
  remember (S f) as g. cbn [below] in H. subst g. cbn [below].
  destruct (by_id (caps s) i) as [c|] eqn:B; [|discriminate].
  apply find_some in B as [I E]. apply Nat.eqb_eq in E.
  destruct (parent c) as [p|] eqn:P; [|discriminate].
  destruct (sourced s W c p I P) as (d & _ & _ & Lt & _).
  apply orb_true_iff in H as [H|H]; apply orb_true_iff; [now left|right].
  apply IH; [lia|exact H].
Qed.

Lemma below_child s root c p : well_formed s -> In c (caps s) -> parent c = Some p ->
  p = root \/ below (next s) (caps s) root p = true -> below (next s) (caps s) root (id c) = true.
Proof.
  intros W I P H. apply below_fuel; [auto|now apply fresh|].
  cbn [below]. rewrite (by_id_in s c W I), P. apply orb_true_iff.
  destruct H as [->|H]; [left; apply Nat.eqb_refl|now right].
Qed.

Lemma revoke_in root s c : In c (caps (revoke root s)) <->
  In c (caps s) /\ below (next s) (caps s) root (id c) = false.
Proof. simpl. rewrite filter_In, negb_true_iff. tauto. Qed.

Lemma revoke_keeps root s : well_formed s -> well_formed (revoke root s).
Proof.
  intros W. constructor.
  - intros c H. apply revoke_in in H as [H _]. now apply (fresh s W).
  - intros c d H K. apply revoke_in in H as [H _]. apply revoke_in in K as [K _]. now apply (one_id s W).
  - intros c d H K. apply revoke_in in H as [H _]. apply revoke_in in K as [K _]. now apply (one_slot s W).
  - intros c p H P. apply revoke_in in H as [I B].
    destruct (sourced s W c p I P) as (d & J & E & R). exists d. split; [|auto].
    apply revoke_in. split; [auto|]. destruct (below _ _ _ (id d)) eqn:D; [|auto].
    rewrite (below_child s root c p) in B; auto. right. now rewrite <- E.
Qed.

Lemma adopt_same d c : id (adopt_by d c) = id c /\ slot (adopt_by d c) = slot c /\
  (forall x, no_more_than (adopt_by d c) x <-> no_more_than c x) /\
  (forall x, no_more_than x (adopt_by d c) <-> no_more_than x c).
Proof.
  unfold adopt_by. destruct (parent c) as [p|]; [destruct (p =? id d)|];
  (split; [|split; [|split]]); intros; auto; reflexivity.
Qed.

Lemma remove_in d s c : In c (caps (remove d s)) <->
  exists o, In o (caps s) /\ id o <> id d /\ c = adopt_by d o.
Proof.
  simpl. rewrite in_map_iff. split.
  - intros (o & E & H). apply filter_In in H as [H N]. apply negb_true_iff, Nat.eqb_neq in N. eauto.
  - intros (o & H & N & E). exists o. split; auto. apply filter_In. split; auto.
    now apply negb_true_iff, Nat.eqb_neq.
Qed.

Lemma remove_keeps d s : well_formed s -> In d (caps s) -> well_formed (remove d s).
Proof.
  intros W D. constructor.
  - intros c H. apply remove_in in H as (o & I & _ & ->).
    destruct (adopt_same d o) as (-> & _). now apply (fresh s W).
  - intros c e H K E. apply remove_in in H as (o & I & _ & ->). apply remove_in in K as (q & J & _ & ->).
    destruct (adopt_same d o) as (A & _), (adopt_same d q) as (B & _). f_equal. apply (one_id s W); congruence.
  - intros c e H K E. apply remove_in in H as (o & I & _ & ->). apply remove_in in K as (q & J & _ & ->).
    destruct (adopt_same d o) as (_ & A & _), (adopt_same d q) as (_ & B & _). f_equal. apply (one_slot s W); congruence.
  - assert (Keep : forall o x, In o (caps s) -> In x (caps s) -> id x <> id d -> id x < id o -> no_more_than o x ->
      exists e, In e (caps (remove d s)) /\ id e = id x /\ id x < id (adopt_by d o) /\ no_more_than (adopt_by d o) e).
    { intros o x O X Nx L R. exists (adopt_by d x). destruct (adopt_same d x) as (A & _ & _ & B).
      destruct (adopt_same d o) as (C & _ & F & _). split; [|split; [|split]].
      - apply remove_in; eauto.
      - auto.
      - lia.
      - apply B, F, R. }
    intros c p H P. apply remove_in in H as (o & I & N & ->).
    destruct (parent o) as [q|] eqn:Q.
    + destruct (sourced s W o q I Q) as (x & X & Ex & L & R).
      unfold adopt_by in P. rewrite Q in P. destruct (q =? id d) eqn:T.
      * apply Nat.eqb_eq in T. simpl in P.
        assert (x = d) by (apply (one_id s W); congruence). subst x.
        destruct (sourced s W d p D P) as (y & Y & Ey & Ly & Ry).
        destruct (Keep o y) as (e & E1 & E2 & E3 & E4); auto; try lia.
        { eapply no_more_trans; eauto. }
        exists e. split; [auto|split; [lia|split; [lia|auto]]].
      * apply Nat.eqb_neq in T. assert (q = p) by congruence. subst q.
        destruct (Keep o x) as (e & E1 & E2 & E3 & E4); auto; try lia.
        exists e. split; [auto|split; [lia|split; [lia|auto]]].
    + unfold adopt_by in P. rewrite Q in P. congruence.
Qed.

Lemma exchange_injective a b x y : exchange a b x = exchange a b y -> x = y.
Proof.
  unfold exchange.
  destruct (slot_eq x a) eqn:A, (slot_eq y a) eqn:B, (slot_eq x b) eqn:C, (slot_eq y b) eqn:D;
  rewrite ?slot_eq_true in *; intros; subst; auto;
  exfalso; repeat match goal with H : slot_eq ?x ?x = false |- _ =>
    rewrite (proj2 (slot_eq_true x x) eq_refl) in H; discriminate end; try congruence.
Qed.

Lemma relocate_keeps a b s : well_formed s -> well_formed (relocate a b s).
Proof.
  intros W. constructor; simpl.
  - intros c H. apply in_map_iff in H as (o & <- & I). exact (fresh s W o I).
  - intros c d H K E. apply in_map_iff in H as (o & <- & I). apply in_map_iff in K as (q & <- & J).
    simpl in E. now rewrite (one_id s W o q I J E).
  - intros c d H K E. apply in_map_iff in H as (o & <- & I). apply in_map_iff in K as (q & <- & J).
    simpl in E. apply exchange_injective in E. now rewrite (one_slot s W o q I J E).
  - intros c p H P. apply in_map_iff in H as (o & <- & I).
    destruct (sourced s W o p I P) as (d & J & E & L & R).
    exists (with_slot (exchange a b (slot d)) d). split; [|auto].
    apply in_map_iff. eauto.
Qed.

Lemma add_keeps c d s : well_formed s -> id c = next s -> parent c = Some (id d) -> In d (caps s) ->
  no_more_than c d -> at_slot s (slot c) = None -> well_formed (add c s).
Proof.
  intros W N P D R F. pose proof (fresh s W d D).
  constructor; simpl.
  - intros x [<-|H0]; [lia|]. pose proof (fresh s W x H0). lia.
  - intros x y [<-|X] [<-|Y] E; auto.
    + pose proof (fresh s W y Y). lia.
    + pose proof (fresh s W x X). lia.
    + now apply (one_id s W).
  - intros x y [<-|X] [<-|Y] E; auto.
    + exfalso. pose proof (at_slot_none s _ y F Y). congruence.
    + exfalso. pose proof (at_slot_none s _ x F X). congruence.
    + now apply (one_slot s W).
  - intros x p [<-|X] Q.
    + exists d. assert (p = id d) by congruence. split; [auto|split; [auto|split; [lia|auto]]].
    + destruct (sourced s W x p X Q) as (e & ? & ?). exists e. split; auto.
Qed.

Lemma derived_no_more s d t m nb o n g : (o + n <= size d)%N ->
  no_more_than (derived s d t m nb o n g) d.
Proof.
  intros L. unfold no_more_than, within, given_once, derived, give; simpl. split; [lia|right].
  split; [auto|split; [auto|split; [|split]]].
  - rewrite <- N.land_assoc, (N.land_comm m), N.land_assoc, N.land_diag. auto.
  - destruct (badge d); auto.
  - destruct (gate d); auto.
Qed.

Lemma derive_cases s d t a m nb o n g : 
  snd (derive s d t a m nb o n g) = s \/
  (at_slot s t = None /\ (o + n <= size d)%N /\ a = true /\
   snd (derive s d t a m nb o n g) = add (derived s d t m nb o n g) s).
Proof.
  unfold derive. destruct (kind_eq _ _); auto. destruct (at_slot s t); auto.
  destruct (N.leb_spec (o + n) (size d)); simpl; auto. destruct a; simpl; auto.
Qed.

Lemma derive_keeps s d t a m nb o n g : well_formed s -> In d (caps s) ->
  well_formed (snd (derive s d t a m nb o n g)).
Proof.
  intros W D. destruct (derive_cases s d t a m nb o n g) as [->|(F & L & _ & ->)]; auto.
  apply (add_keeps _ d); auto. now apply derived_no_more.
Qed.

Lemma delete_keeps d s : well_formed s -> In d (caps s) -> well_formed (delete d s).
Proof.
  intros W D. unfold delete. destruct (kind_eq _ _); apply remove_keeps; auto using revoke_keeps.
  apply revoke_in. split; auto.
  (* Nothing is below itself: identities fall on the way up. *)
  assert (Up : forall f i, below f (caps s) (id d) i = true -> id d < i).
  { induction f as [|f IH]; simpl; [discriminate|]. intros i H.
    destruct (by_id (caps s) i) as [c|] eqn:B; [|discriminate].
    apply find_some in B as [I E]. apply Nat.eqb_eq in E.
    destruct (parent c) as [p|] eqn:P; [|discriminate].
    destruct (sourced s W c p I P) as (x & _ & _ & L & _).
    apply orb_true_iff in H as [H|H]; [apply Nat.eqb_eq in H|apply IH in H]; lia. }
  destruct (below _ _ _ _) eqn:B; auto. apply Up in B. lia.
Qed.

Arguments derive : simpl never.
Arguments relocate : simpl never.
Arguments delete : simpl never.
Arguments revoke : simpl never.

Theorem step_keeps s actor o : well_formed s -> well_formed (snd (step s actor o)).
Proof.
  intros W. destruct o; simpl;
  repeat match goal with
  | |- context [at_slot s ?x] => let A := fresh "A" in destruct (at_slot s x) eqn:A
  end; auto;
  repeat match goal with H : at_slot s _ = Some _ |- _ => apply at_slot_some in H as [? ?] end.
  - destruct (kind_eq _ _); auto.
  - destruct (kind_eq _ _) as [U|]; auto.
    destruct (N.leb_spec (mark s c + bytes) (size c)); simpl; auto.
    destruct (direct _ _ _); simpl; auto.
    assert (V : well_formed (add (made s c target k (mark s c) bytes) s)).
    { apply (add_keeps _ c); auto. unfold no_more_than, within; simpl. split; [lia|auto]. }
    destruct V; constructor; auto.
  - now apply derive_keeps.
  - destruct new_gate; [|now apply derive_keeps]. destruct (negb _); auto.
    destruct (kind_eq _ _); auto. now apply derive_keeps.
  - destruct (gate c); [destruct (direct _ _ _)|]; now apply derive_keeps.
  - destruct (may_move _ _ _ _); auto. now apply relocate_keeps.
  - destruct (_ && _); auto. now apply relocate_keeps.
  - now apply delete_keeps.
  - now apply revoke_keeps.
Qed.

Theorem run_keeps l : forall s, well_formed s -> well_formed (run s l).
Proof. induction l as [|[a o] l IH]; simpl; auto using step_keeps. Qed.
