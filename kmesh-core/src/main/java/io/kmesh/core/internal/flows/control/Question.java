// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

/** What one site asks another about a flow. The numbers are the wire's and never change. */
public enum Question {
  /** Open your end of this flow. */
  JOIN(1),
  /** How does your end stand? */
  STATUS(2),
  /** Answer when what is at a path of yours now is durable here. */
  BARRIER(3),
  /** Let held removals go on. */
  CONFIRM(4),
  /** Close your end; it is asked to join again later. */
  REST(5),
  /** Close your end and forget the flow. */
  LEAVE(6),
  /** Look for changes no more, and answer when all that was found is durable here. */
  SETTLE(7),
  /** May changes flow the other way from the next time on that you are asked to join? */
  TURN(8),
  /** How far is your end's log? Of several masters, as all below. */
  PLACE(9),
  /** Which conflicts did your end find? A page of them, or one by its name. */
  CONFLICTS(10),
  /** Do what somebody decided about a conflict. */
  RESOLVE(11),
  /** Look at these paths of yours, which somebody changed. */
  LOOK(12),
  /** These grants count, and no others. */
  GRANTS(13),
  /** Hold the cache of this flow: make it if need be, and have it run or rest. */
  HOST(14),
  /** How does the flow stand whose cache you hold? As all below. */
  HOSTED(15),
  /** Forget the flow and its cache. */
  UNHOST(16),
  /** Give a grant. */
  GRANT(17),
  /** Take a grant back. */
  REVOKE(18),
  /** Which grants were given? */
  GIVEN(19),
  /** What is in the audit log? */
  AUDIT(20),
  /** One of your flow's trees is to be shared here: forget no removal, and give it a number. */
  SHARE(21);

  final int number;

  Question(int number) {
    this.number = number;
  }

  /** Whether it is asked by the site that made a flow of the one that holds its cache, alone. */
  public boolean isOfCaches() {
    return number >= HOST.number && number <= AUDIT.number;
  }
}
