(* SPDX-License-Identifier: Apache-2.0 *)
(* Part of rule 6: no two objects share memory. *)
From Coq Require Import List NArith Arith Bool Lia.
From Tessera Require Import Capability State Derivation Operations Invariant Ledger.
Import ListNotations.
Local Open Scope N_scope.

Definition disjoint (c d : cap) : Prop := base c + size c <= base d \/ base d + size d <= base c.

(* `c` was derived, in any number of steps, from `d`: upwards. *)
Inductive under (s : state) : cap -> cap -> Prop :=
  | direct_child c d : In c (caps s) -> In d (caps s) -> parent c = Some (id d) -> under s c d
  | by_parent c m d : In c (caps s) -> In m (caps s) -> parent c = Some (id m) -> under s m d -> under s c d.

(* Any two capabilities reach different memory, or are for the same object, or one
   is an Untyped from which the other was made. *)
Definition apart (s : state) : Prop := forall c d, In c (caps s) -> In d (caps s) ->
  disjoint c d \/ object c = object d \/ under s c d \/ under s d c.

(* An Untyped is never copied. *)
Definition single_untyped (s : state) : Prop := forall c d, In c (caps s) -> In d (caps s) ->
  what c = Untyped -> object c = object d -> c = d.

Record separate (s : state) : Prop := {
  all_apart : apart s;
  single : single_untyped s;
  behind : forall c u, In c (caps s) -> In u (caps s) -> parent c = Some (id u) -> what u = Untyped ->
    base c + size c <= base u + taken u }.

Lemma under_in s c d : under s c d -> In c (caps s) /\ In d (caps s).
Proof. induction 1; tauto. Qed.

Lemma under_less s c d : well_formed s -> under s c d -> no_more_than c d /\ (id d < id c)%nat.
Proof.
  intros W H. assert (P : forall c d, In c (caps s) -> In d (caps s) -> parent c = Some (id d) ->
    no_more_than c d /\ (id d < id c)%nat).
  { intros x y I J E. destruct (sourced s W x (id y) I E) as (z & Z & Q & L & R).
    rewrite <- (one_id s W z y Z J Q). split; [exact R|lia]. }
  induction H as [x y I J E|x m y I J E H [R L]]; [auto|].
  destruct (P x m I J E). split; [eauto using no_more_trans|lia].
Qed.

Lemma under_grows s t c d : (forall x, In x (caps s) -> In x (caps t)) -> under s c d -> under t c d.
Proof. intros G. induction 1; [apply direct_child|eapply by_parent]; eauto. Qed.

Lemma under_map f s t c d : caps t = map f (caps s) -> (forall x, id (f x) = id x /\ parent (f x) = parent x) ->
  under s c d -> under t (f c) (f d).
Proof.
  intros C F. induction 1 as [x y I J E|x m y I J E H K].
  - apply direct_child; rewrite ?C; auto using in_map. destruct (F x), (F y). congruence.
  - apply (by_parent t (f x) (f m)); rewrite ?C; auto using in_map. destruct (F x), (F m). congruence.
Qed.

(* Changes of accounts and places. *)
Lemma map_apart f s t : apart s -> single_untyped s -> caps t = map f (caps s) ->
  (forall c, id (f c) = id c /\ parent (f c) = parent c /\ what (f c) = what c /\ object (f c) = object c /\
    base (f c) = base c /\ size (f c) = size c) ->
  apart t /\ single_untyped t.
Proof.
  intros A S C F. split.
  - intros c d I J. rewrite C in I, J. apply in_map_iff in I as (x & <- & I). apply in_map_iff in J as (y & <- & J).
    destruct (F x) as (_ & _ & _ & O1 & B1 & S1), (F y) as (_ & _ & _ & O2 & B2 & S2).
    assert (U : forall v w, under s v w -> under t (f v) (f w))
      by (intros v w; apply under_map; auto; intros z; destruct (F z); tauto).
    destruct (A x y I J) as [D|[D|[D|D]]]; [left|right; left|right; right; left|right; right; right]; auto.
    + unfold disjoint in *. now rewrite B1, B2, S1, S2.
    + congruence.
  - intros c d I J U E. rewrite C in I, J. apply in_map_iff in I as (x & <- & I). apply in_map_iff in J as (y & <- & J).
    destruct (F x) as (_ & _ & W1 & O1 & _), (F y) as (_ & _ & W2 & O2 & _). f_equal. apply S; congruence.
Qed.

Lemma map_separate f s t : separate s -> caps t = map f (caps s) ->
  (forall c, id (f c) = id c /\ parent (f c) = parent c /\ what (f c) = what c /\ object (f c) = object c /\
    base (f c) = base c /\ size (f c) = size c) ->
  (forall u, In u (caps s) -> taken (f u) = taken u \/ forall c, In c (caps s) -> parent c <> Some (id u)) ->
  separate t.
Proof.
  intros [A S B] C F T. destruct (map_apart f s t A S C F) as [A' S']. constructor; auto.
  intros c u I J P U. rewrite C in I, J. apply in_map_iff in I as (x & <- & I). apply in_map_iff in J as (y & <- & J).
  destruct (F x) as (_ & P1 & _ & _ & B1 & S1), (F y) as (I2 & _ & W2 & _ & B2 & _).
  rewrite P1, I2 in P. rewrite B1, S1, B2. destruct (T y J) as [->|T']; [|now destruct (T' x I)].
  apply B; auto. congruence.
Qed.

(* ---- going *)

Lemma keep_separate p s : separate s ->
  (forall c d, In c (caps s) -> In d (caps s) -> p c = true -> parent c = Some (id d) -> p d = true) ->
  separate (keep p s).
Proof.
  intros [A S B] Up.
  assert (U : forall c d, under s c d -> p c = true -> under (keep p s) c d).
  { induction 1 as [x y I J E|x m y I J E H K]; intros P.
    - apply direct_child; auto; apply filter_In; eauto.
    - assert (p m = true) by eauto. apply (by_parent _ x m); auto; apply filter_In; auto. }
  constructor.
  - intros c d I J. apply filter_In in I as [I P]. apply filter_In in J as [J Q].
    destruct (A c d I J) as [D|[D|[D|D]]]; [left|right; left|right; right; left|right; right; right]; auto.
  - intros c d I J. apply filter_In in I as [I _]. apply filter_In in J as [J _]. auto.
  - intros c d I J. apply filter_In in I as [I _]. apply filter_In in J as [J _]. auto.
Qed.

Lemma revoke_separate root s : well_formed s -> separate s -> separate (revoke root s).
Proof.
  intros W A. apply keep_separate; auto. intros c d I J B P.
  apply negb_true_iff in B. apply negb_true_iff. destruct (below _ _ _ (id d)) eqn:D; [|auto].
  rewrite (below_child s root c (id d)) in B; auto.
Qed.

(* Who stays keeps what it was derived from, but for the one that goes. *)
Lemma remove_under d s : well_formed s -> In d (caps s) -> forall n c e, (id c < n)%nat -> under s c e ->
  id c <> id d -> id e <> id d -> under (remove d s) (adopt_by d c) (adopt_by d e).
Proof.
  intros W D. induction n as [|n IH]; intros c e L H Nc Ne; [lia|].
  assert (Stay : forall x, In x (caps s) -> id x <> id d -> In (adopt_by d x) (caps (remove d s)))
    by (intros x X N; apply remove_in; eauto).
  assert (Id : forall x, id (adopt_by d x) = id x) by (intros x; apply alike_adopt).
  assert (Pa : forall x m, parent x = Some (id m) -> id m <> id d -> parent (adopt_by d x) = Some (id (adopt_by d m))).
  { intros x m P N. rewrite Id. unfold adopt_by. destruct (child_of (id d) x) eqn:C; auto.
    apply child_of_true in C. congruence. }
  (* From a child of the one that goes to what that was derived from. *)
  assert (Skip : forall x, In x (caps s) -> id x <> id d -> (id x < S n)%nat -> parent x = Some (id d) -> forall y, under s d y ->
    id y <> id d -> under (remove d s) (adopt_by d x) (adopt_by d y)).
  { intros x X Nx Lx P y U Ny.
    assert (Px : parent (adopt_by d x) = parent d).
    { unfold adopt_by. destruct (child_of (id d) x) eqn:C; auto. apply child_of_true in P. congruence. }
    inversion U as [a b I J E|a m b I J E K]; subst.
    - apply direct_child; auto. rewrite Px, Id. exact E.
    - assert (id m <> id d) by (destruct (sourced s W d (id m) D E) as (? & _ & ? & ? & _); lia).
      apply (by_parent _ _ (adopt_by d m)); auto; [rewrite Px, Id; exact E|].
      apply IH; auto. destruct (sourced s W x (id d) X P) as (? & _ & ? & ? & _).
      destruct (sourced s W d (id m) D E) as (? & _ & ? & ? & _). lia. }
  destruct H as [c e I J E|c m e I J E K].
  - apply direct_child; auto.
  - destruct (Nat.eq_dec (id m) (id d)) as [Q|Q].
    + assert (m = d) by (apply (one_id s W); auto). subst m. eapply Skip; eauto.
    + apply (by_parent _ _ (adopt_by d m)); auto. apply IH; auto.
      destruct (sourced s W c (id m) I E) as (? & _ & ? & ? & _). lia.
Qed.

Lemma remove_separate d s : well_formed s -> In d (caps s) -> separate s -> separate (remove d s).
Proof.
  intros W D [A S B]. constructor.
  - intros x y I J. apply remove_in in I as (c & I & Nc & ->). apply remove_in in J as (e & J & Ne & ->).
    destruct (alike_adopt d c) as (_ & _ & _ & O1 & _ & _ & B1 & S1 & _), (alike_adopt d e) as (_ & _ & _ & O2 & _ & _ & B2 & S2 & _).
    destruct (A c e I J) as [H|[H|[H|H]]].
    + left. unfold disjoint in *. now rewrite B1, B2, S1, S2.
    + right; left. congruence.
    + right; right; left. eapply remove_under; eauto.
    + right; right; right. eapply remove_under; eauto.
  - intros x y I J U E. apply remove_in in I as (c & I & Nc & ->). apply remove_in in J as (e & J & Ne & ->).
    destruct (alike_adopt d c) as (_ & _ & K1 & O1 & _), (alike_adopt d e) as (_ & _ & K2 & O2 & _).
    f_equal. apply S; auto; congruence.
  - intros x y I J P U. apply remove_in in I as (c & I & Nc & ->). apply remove_in in J as (u & J & Nu & ->).
    destruct (alike_adopt d c) as (_ & _ & _ & _ & _ & _ & B1 & S1 & _), (alike_adopt d u) as (I2 & _ & K2 & _ & _ & _ & B2 & _).
    rewrite B1, S1, B2. rewrite I2 in P. rewrite K2 in U.
    assert (T : taken (adopt_by d u) = taken u) by (unfold adopt_by; now destruct (child_of _ _)). rewrite T.
    unfold adopt_by in P. destruct (child_of (id d) c) eqn:C.
    + simpl in P. apply child_of_true in C. destruct (sourced s W c (id d) I C) as (z & Z & Q & _ & [R _]).
      assert (z = d) by (apply (one_id s W); auto). subst z. pose proof (B d u D J P U). unfold within in R. lia.
    + now apply B.
Qed.

Lemma delete_separate d s : well_formed s -> In d (caps s) -> separate s -> separate (delete d s).
Proof.
  intros W D A. unfold Derivation.delete. destruct (kind_eq _ _); apply remove_separate; auto using revoke_keeps, revoke_separate.
  apply revoke_in. split; auto. destruct (below _ _ _ _) eqn:B; auto. apply (below_later s _ W) in B. lia.
Qed.

Lemma sweep_separate f : forall s, well_formed s -> separate s -> separate (sweep f s).
Proof.
  induction f as [|f IH]; simpl; intros s W A; auto. destruct (find _ _) as [c|] eqn:F; auto.
  apply find_some in F as [I _]. apply IH; auto using delete_keeps, delete_separate.
Qed.

Lemma finish_separate s : well_formed s -> separate s -> separate (finish s).
Proof.
  intros W A. unfold finish. set (t := sweep (length (caps s)) s).
  assert (T : separate t) by now apply sweep_separate.
  assert (E : separate (settle t)).
  { apply (map_separate (fun c => if childless (caps t) (id c) then with_account 0 0 c else c) t); auto.
    - intros c. destruct (childless _ _); simpl; tauto.
    - intros u I. destruct (childless (caps t) (id u)) eqn:C; [right|left; auto]. intros c J P.
      unfold childless in C. rewrite forallb_forall in C. specialize (C c J). apply child_of_true in P. rewrite P in C. discriminate. }
  destruct (end_members_caps (settle t)) as (C & _).
  apply (map_separate (fun c => c) (settle t)); auto; [rewrite map_id; exact C|intros c; tauto].
Qed.

(* ---- coming *)

(* One more capability below `d`, in memory that nothing else below `d` has. *)
Lemma add_apart s t c d : well_formed s -> apart s -> single_untyped s -> caps t = c :: caps s -> In d (caps s) ->
  id c = next s -> parent c = Some (id d) -> no_more_than c d ->
  (object c = object d /\ what d <> Untyped \/
   object c = next s /\ what d = Untyped /\ (forall x, under s x d -> base x + size x <= base c)) ->
  apart t /\ single_untyped t.
Proof.
  intros W A S C D Ic Pc R K. pose proof (fun x X => fresh s W x X) as Fr.
  assert (Old : forall x, In x (caps s) -> In x (caps t)) by (intros x X; rewrite C; now right).
  assert (New : In c (caps t)) by (rewrite C; now left).
  assert (Cd : under t c d) by (apply direct_child; auto).
  assert (Up : forall x y, under s x y -> under t x y) by (intros x y; now apply under_grows).
  assert (One : forall x, In x (caps s) -> disjoint c x \/ object c = object x \/ under t c x \/ under t x c).
  { intros x X. destruct (A d x D X) as [H|[H|[H|H]]].
    - left. destruct R as [R _]. unfold disjoint, within in *. lia.
    - destruct K as [[K _]|(K & U & L)]; [right; left; congruence|].
      right; right; left. rewrite <- (S d x D X U H). exact Cd.
    - right; right; left. apply (by_parent t c d); auto.
    - destruct K as [[K U]|(K & U & L)].
      + right; left. destruct (under_less s x d W H) as [[_ [E|(_ & E & _)]] _]; [now rewrite E in U|congruence].
      + left. right. now apply L. }
  split.
  - intros x y X Y. rewrite C in X, Y. destruct X as [<-|X], Y as [<-|Y].
    + right; left; auto.
    + auto.
    + destruct (One x X) as [H|[H|[H|H]]]; [left|right; left|right; right; right|right; right; left]; auto.
      unfold disjoint in *. tauto.
    + destruct (A x y X Y) as [H|[H|[H|H]]]; [left|right; left|right; right; left|right; right; right]; auto.
  - intros x y X Y U E. rewrite C in X, Y. destruct X as [<-|X], Y as [<-|Y]; auto.
    + destruct K as [[K V]|(K & _)]; [|destruct (Fr y Y); lia].
      destruct R as [_ [R|(R & _)]]; congruence.
    + destruct K as [[K V]|(K & _)]; [|destruct (Fr x X); lia].
      assert (x = d) by (apply S; auto; congruence). subst x. congruence.
Qed.

Lemma under_one_more s t c d x : well_formed s -> caps t = c :: caps s -> id c = next s -> parent c = Some (id d) ->
  In d (caps s) -> under t x d -> x = c \/ under s x d.
Proof.
  intros W C Ic Pc D. induction 1 as [x y I J P|x m y I J P H K].
  - rewrite C in I. destruct I as [<-|I]; auto. right. apply direct_child; auto.
  - rewrite C in I, J. destruct I as [<-|I]; auto. destruct J as [<-|J].
    + destruct (sourced s W x (id c) I P) as (z & Z & Q & _). destruct (fresh s W z Z). lia.
    + destruct (K Pc D) as [->|K']; [destruct (fresh s W c J); lia|]. right. now apply (by_parent s x m).
Qed.

Lemma derive_separate s actor way d t first m nb o b n g : well_formed s -> separate s -> In d (caps s) ->
  (t < next s)%nat -> all_vacant s t first n = ok -> separate (snd (derive s actor way d t first m nb o b n g)).
Proof.
  intros W A I T V. unfold Operations.derive. destruct (kind_eq _ _) as [|Un]; auto. destruct (_ && _); auto.
  destruct (part_of d o b n) as [e p] eqn:F. destruct e; auto.
  destruct (crossing _ _ _ _ _ _ _) as [r|]; auto. simpl.
  set (put := put_derived d t first (N.land m r) nb o p g).
  assert (P : puts put d t first n) by (eapply derived_puts; eauto).
  apply (each_induct s put d t first n (fun _ after => separate after) P W I T (all_vacant_ok s t n first V) A).
  intros i after L G A'. destruct (P i after L) as (c & C & _ & _ & _ & Ic & Pc & R & _).
  assert (E : c = derived d t first (N.land m r) nb o p g i (next after)) by (unfold put, put_derived, add in C; simpl in C; congruence).
  assert (Wa : well_formed after) by apply G. assert (Id : In d (caps after)) by (apply G, I).
  destruct (add_apart after (put i after) c d) as [Ap Si]; auto; try apply A'.
  { left. rewrite E. auto. }
  constructor; auto. intros x v X J Px Uv. rewrite C in X, J. destruct X as [<-|X], J as [<-|J].
  - rewrite E in Uv. now destruct Un.
  - rewrite Pc in Px. injection Px as Px. destruct Un. rewrite <- Uv. f_equal. apply (one_id after Wa); auto.
  - destruct (sourced after Wa x (id c) X Px) as (z & Z & Q & _). destruct (fresh after Wa z Z). lia.
  - now apply (behind after A').
Qed.

Lemma deliver_separate actor way inbox : forall items s, well_formed s -> separate s ->
  separate (deliver s actor way inbox items).
Proof.
  induction items as [|[source i] rest IH]; cbn [deliver]; intros s W A; auto.
  destruct (at_slot s source) as [d|] eqn:At; auto. apply at_slot_some in At as [D _].
  destruct (vacant s inbox i) eqn:V; auto. assert (T := vacant_known s inbox i W V).
  assert (All : all_vacant s inbox i 1 = ok) by (simpl; now rewrite V).
  assert (C := derive_separate s actor way d inbox i 255 0 0 0 1 None W A D T All).
  assert (H := derive_grows s actor way d inbox i 255 0 0 0 1 None W D T (all_vacant_ok s inbox 1 i All)). simpl in H.
  destruct (derive _ _ _ _ _ _ _ _ _ _ _ _) as [e t]. simpl in C, H.
  destruct e; auto. apply IH; auto. destruct H as [->|(Gr & _)]; [auto|apply Gr].
Qed.

(* ---- retype *)

Lemma under_behind s u x : well_formed s ->
  (forall c v, In c (caps s) -> In v (caps s) -> parent c = Some (id v) -> what v = Untyped -> base c + size c <= base v + taken v) ->
  what u = Untyped -> under s x u -> base x + size x <= base u + taken u.
Proof.
  intros W B U H. induction H as [x y I J E|x m y I J E H K]; [now apply B|].
  destruct (sourced s W x (id m) I E) as (z & Z & Q & _ & [R _]).
  rewrite (one_id s W z m Z J Q) in R. specialize (K U). unfold within in R. lia.
Qed.

Lemma retype_separate s actor u k bits n t first b : well_formed s -> separate s -> In u (caps s) ->
  what u = Untyped -> (t < next s)%nat -> 0 < b ->
  separate (snd (retype s actor u k bits n t first b)).
Proof.
  intros W A I U T Pb. destruct (retype_cases s actor u k bits n t first b) as [->|(V & F & _ & _ & _ & ->)]; auto.
  set (start := align_up (taken u) b) in *.
  assert (More : taken u <= start).
  { unfold start, align_up. pose proof (N.div_mod (taken u + b - 1) b ltac:(lia)).
    pose proof (N.mod_lt (taken u + b - 1) b ltac:(lia)). lia. }
  set (put := put_made u k bits start b t first).
  assert (P : puts put u t first n) by (apply made_puts; auto).
  destruct (each_induct s put u t first n (fun i after => apart after /\ single_untyped after /\
      (forall c v, In c (caps after) -> In v (caps after) -> parent c = Some (id v) -> what v = Untyped ->
         id v <> id u -> base c + size c <= base v + taken v) /\
      (forall x, under after x u -> base x + size x <= base u + start + b * N.of_nat i))
      P W I T (all_vacant_ok s t n first V)) as [G (Ap & Si & Be & Un)].
  - destruct A as [A S B]. split; [auto|split; [auto|split; [auto|]]].
    intros x H. pose proof (under_behind s u x W B U H). lia.
  - intros i after L G (Ap & Si & Be & Un). destruct (P i after L) as (c & C & _ & _ & _ & Ic & Pc & R & _).
    assert (Iu : In u (caps after)) by (apply G, I). assert (Wa : well_formed after) by apply G.
    assert (Ec : base c = base u + start + N.of_nat i * b /\ size c = b /\ object c = next after).
    { unfold put, put_made, add in C. simpl in C. injection C as <- _. simpl. unfold enroll. now destruct (is_member k). }
    destruct Ec as (E1 & E2 & E3).
    destruct (add_apart after (put i after) c u Wa Ap Si C Iu Ic Pc R) as [Ap' Si'].
    { right. split; [auto|split; [auto|]]. intros x H. specialize (Un x H). lia. }
    split; [auto|split; [auto|split]].
    + intros x v X J Px Uv N. rewrite C in X, J. destruct X as [<-|X], J as [<-|J].
      * rewrite Pc in Px. injection Px as Px. congruence.
      * rewrite Pc in Px. injection Px as Px. congruence.
      * destruct (sourced after Wa x (id c) X Px) as (z & Z & Q & _). destruct (fresh after Wa z Z). lia.
      * now apply Be.
    + intros x H. destruct (under_one_more after _ c u x Wa C Ic Pc Iu H) as [->|H']; [rewrite E1, E2; lia|].
      specialize (Un x H'). lia.
  - (* Now the watermark moves behind what was made. *)
    fold put in G, Ap, Si, Be, Un |- *.
    change (each put n 0 s) with (retyped s u k bits n t first b) in *.
    set (after := retyped s u k bits n t first b) in *. clearbody after.
    set (len := b * N.of_nat n) in *. set (paying := if is k Untyped then 0 else len).
    set (f := fun c => if Nat.eqb (id c) (id u) then with_account (start + len) (paid u + paying) c else c).
    assert (Same : forall c, id (f c) = id c /\ parent (f c) = parent c /\ what (f c) = what c /\ object (f c) = object c /\
      base (f c) = base c /\ size (f c) = size c) by (intros c; unfold f; destruct (Nat.eqb _ _); simpl; tauto).
    match goal with |- separate ?t => set (final := t) end.
    assert (C : caps final = map f (caps after)) by reflexivity.
    destruct (map_apart f after final Ap Si C Same) as [Ap' Si']. constructor; auto.
    intros x v X J Px Uv. rewrite C in X, J. apply in_map_iff in X as (y & <- & X). apply in_map_iff in J as (w & <- & J).
    destruct (Same y) as (_ & P1 & _ & _ & B1 & S1), (Same w) as (I2 & _ & W2 & _ & B2 & _).
    rewrite B1, S1, B2. rewrite P1, I2 in Px. rewrite W2 in Uv. unfold f.
    destruct (Nat.eqb_spec (id w) (id u)) as [E|E]; [|now apply Be].
    assert (w = u) by (apply (one_id after (grown_well _ _ _ _ G)); auto; apply G, I). subst w. simpl.
    assert (H : under after y u) by now apply direct_child. specialize (Un y H). unfold len. lia.
Qed.

Theorem step_is_separate s actor o : well_formed s -> separate s -> separate (snd (step s actor o)).
Proof.
  intros W A.
  assert (Kn := fun x t => table_known s x t W).
  assert (Here := fun x c (H : at_slot s x = Some c) => proj1 (at_slot_some s x c H)).
  assert (Move : forall a b, separate (relocate a b s)).
  { intros a b. unfold Derivation.relocate. apply (map_separate (fun c => with_slot (exchange a b (slot c)) c) s); auto.
    intros c. simpl. tauto. }
  assert (Set_ : forall n f, separate (set_space n f s)).
  { intros n f. apply (map_separate (fun c => c) s); auto; [now rewrite map_id|intros c; tauto]. }
  destruct o; simpl.
  - destruct (at_slot s untyped) as [u|] eqn:At; auto.
    destruct (is (what u) Untyped) eqn:U; simpl; auto. apply is_true in U.
    destruct (has _ _); simpl; auto. destruct (_ || _); simpl; auto.
    destruct (bytes_of k bits) as [b|] eqn:By; auto.
    destruct (table_at s into) as [e t] eqn:T. destruct e; auto.
    apply retype_separate; eauto using bytes_positive.
  - look. apply derive_separate; eauto.
  - look. apply derive_separate; eauto. simpl. now rewrite V.
  - look.
  - look.
  - look. apply finish_separate; eauto using delete_keeps, delete_separate.
  - look. apply finish_separate; eauto using revoke_keeps, revoke_separate.
  - look. now apply deliver_separate.
  - apply Set_.
  - apply Set_.
Qed.

(* Rule 6, as far as it is about memory. However a state was reached: two capabilities
   that are for different objects, neither of which was made from the other, reach
   different memory. *)
Theorem memory_is_not_shared l : forall s, well_formed s -> separate s -> separate (run s l).
Proof.
  induction l as [|[a o] l IH]; simpl; intros s W A; auto. apply IH; auto using step_keeps, step_is_separate.
Qed.

Print Assumptions memory_is_not_shared.
