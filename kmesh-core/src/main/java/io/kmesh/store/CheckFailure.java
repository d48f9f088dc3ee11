// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

/** A check of a store that ends otherwise than it should; its message is the finding's reason. */
final class CheckFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final StoreFinding.Outcome outcome;

  private CheckFailure(StoreFinding.Outcome outcome, String reason) {
    super(reason);
    this.outcome = outcome;
  }

  /** The store does not do what it says. */
  static CheckFailure failed(String reason) {
    return new CheckFailure(StoreFinding.Outcome.FAIL, reason);
  }

  /** The store lacks it. */
  static CheckFailure absent(String reason) {
    return new CheckFailure(StoreFinding.Outcome.ABSENT, reason);
  }

  /** Fails unless something holds. */
  static void require(boolean holds, String otherwise) throws CheckFailure {
    if (!holds) {
      throw failed(otherwise);
    }
  }

  StoreFinding.Outcome outcome() {
    return outcome;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
