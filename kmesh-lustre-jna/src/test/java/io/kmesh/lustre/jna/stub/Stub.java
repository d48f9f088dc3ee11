// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What tests ask of a loaded stub beside liblustreapi's functions. Thread-safe. */
final class Stub {
  private final NativeLibrary library;

  Stub(Path file) {
    this.library = NativeLibrary.getInstance(file.toString());
  }

  /** That which the system property of the binding names. */
  static Stub ofBinding() {
    return new Stub(Path.of(System.getProperty("kmesh.lustre.library", "")));
  }

  Function function(String name) {
    return library.getFunction(name);
  }

  private int call(String name, @Nullable Object... arguments) {
    return function(name).invokeInt(arguments);
  }

  private void require(String name, @Nullable Object... arguments) {
    int r = call(name, arguments);
    if (r < 0) {
      throw new AssertionError(name + " failed: " + r);
    }
  }

  /** Makes a directory the root of an empty file system; the one before is forgotten. */
  void mount(Path root) {
    require("stub_mount", root.toString(), "lustre");
    function("stub_reset").invokeVoid(new Object[0]);
  }

  void unmount() {
    require("stub_mount", null, null);
  }

  /** Sets a parameter {@code mdt.*.NAME}. */
  void set(String name, String value) {
    require("stub_set_param", name, value);
  }

  /** Registers a user of an MDT's changelog; its name, such as cl1. */
  String registerUser(int mdt) {
    int id = call("stub_changelog_register", mdt);
    if (id < 0) {
      throw new AssertionError("cannot register a user on MDT " + mdt + ": " + id);
    }
    return "cl" + id;
  }

  /** Takes a user away, as an MDT does with one that is idle for too long. */
  void removeUser(int mdt, String user) {
    require("stub_changelog_deregister", mdt, Integer.parseInt(user.substring(2)));
  }

  /** Lets some indexes of a changelog be used by no record. */
  void skipRecords(int mdt, long count) {
    function("stub_changelog_skip").invokeVoid(new Object[] {mdt, count});
  }

  /** Whether records come from an IPv6 address, which is told in the newer form of NIDs only. */
  void largeNid(boolean isOn) {
    function("stub_large_nid").invokeVoid(new Object[] {isOn ? 1 : 0});
  }

  /** Gives a file a state as it is, legal or not. */
  void setState(Path file, int states, int archive) {
    require("stub_set_state", file.toString(), states, archive);
  }

  /** Lets a coming call of a function fail; several wait in line, and 0 lets one pass. */
  void failNext(String function, int errno) {
    require("stub_fail_next", function, errno);
  }

  /** How often a function was called on this mount. */
  long calls(String function) {
    return function("stub_calls").invokeLong(new Object[] {function});
  }

  /** How many descriptors and handles of the library are open. */
  int openHandles() {
    return call("stub_open_handles");
  }

  /** Puts the bytes of an action list into the copytools' pipes. */
  void scriptActionList(byte[] list) {
    try (Memory memory = new Memory(Math.max(1, list.length))) {
      memory.write(0, list, 0, list.length);
      require("stub_script_action_list", memory, (long) list.length);
    }
  }

  /** How the pipe of a copytool comes to its end. */
  enum PipeEnd {
    /** Nobody writes into it any more. */
    END_OF_FILE,
    /** The kernel says so. */
    SHUTDOWN_MESSAGE
  }

  /** Ends the pipes of all copytools, which are no agents any more. */
  void endPipes(PipeEnd how) {
    require("stub_end_pipes", how == PipeEnd.END_OF_FILE ? 0 : 1);
  }

  /** Starts an MDT anew. */
  void restartMdt(int mdt) {
    require("stub_restart_mdt", mdt);
  }

  /** The requests of an MDT that are not over, a line each. */
  String actions(int mdt) {
    try (Memory memory = new Memory(1 << 16)) {
      require("stub_actions", mdt, memory, memory.size());
      return memory.getString(0);
    }
  }
}
