// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the checks of one theme need: a tree, an empty directory in it, and what it can carry. */
interface PosixFixture {
  /** The tree. */
  PosixTree tree();

  /** A new directory in the tree's root. */
  PosixDirectory work();

  /** The name of that directory. */
  PathBytes workName();

  /** What the mount lacks although the tree offers it. */
  Set<PosixCapability> lacked();

  /** Another tree over the same root. */
  PosixTree reopenTree() throws IOException;

  /**
   * Makes a call that needs a capability: it works, or it is refused with UNSUPPORTED where the
   * capability is missing.
   *
   * @return whether it worked and the test goes on
   */
  default boolean works(PosixCapability needed, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    if (tree().capabilities().contains(needed) && !lacked().contains(needed)) {
      assertThat(thrown).as("needs %s, which is offered", needed).isNull();
      return true;
    }
    assertThat(thrown)
        .as("needs %s, which is not offered", needed)
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> assertThat(e.kind()).as(e.toString()).isEqualTo(ErrorKind.UNSUPPORTED));
    return false;
  }

  /** Whether the tree acts as root: a new file belongs to user 0. */
  default boolean isRoot() throws IOException {
    return work().stat().uid() == 0;
  }
}
