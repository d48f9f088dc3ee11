// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

/** Libraries where they do not belong. */
public final class OffendingLibraries {
  private OffendingLibraries() {}

  /** JNA in core. */
  public static final class Jna {
    private final com.sun.jna.Memory memory = new com.sun.jna.Memory(8);

    @Override
    public String toString() {
      return memory.toString();
    }
  }

  /** SQL outside the state layer. */
  public static final class Sql {
    private java.sql.Connection connection;

    @Override
    public String toString() {
      return String.valueOf(connection);
    }
  }

  /** A library that no rule lists. */
  public static final class Unlisted {
    private final org.openjdk.jmh.infra.Blackhole hole = null;

    @Override
    public String toString() {
      return hole == null ? "none" : hole.getClass().getName();
    }
  }
}
