// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import java.io.Closeable;
import java.io.IOException;

/** An end that a run uses, alone or beside other runs, until it lets it go. Thread-safe. */
public interface EndHold extends Closeable {
  /** Opens an end. */
  @FunctionalInterface
  interface Opener {
    /** Opens it. */
    FlowEnd open() throws IOException;
  }

  /** It. */
  FlowEnd end();

  /** Has it work, unless it does. */
  void start();

  /** An end that closes with its only run. */
  static EndHold of(FlowEnd end) {
    return new EndHold() {
      @Override
      public FlowEnd end() {
        return end;
      }

      @Override
      public void start() {
        end.start();
      }

      @Override
      public void close() throws IOException {
        end.close();
      }
    };
  }
}
