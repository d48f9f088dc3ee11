// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import java.io.IOException;
import java.util.List;

/**
 * The HSM coordinators of the simulated MDTs, as an administrator of the servers sees them: what
 * {@code lctl} shows and sets on a real one, and the accidents that a test wants to happen.
 * Thread-safe.
 *
 * <p>With real time a daemon thread runs the coordinators: a request is sent as soon as a slot is
 * free, and {@link CoordinatorSettings#loopPeriod()} governs only the full scans that see timeouts.
 * In deterministic mode nothing happens but in {@link #step()}.
 */
public interface Coordinator {
  /** The indices of the MDTs. */
  List<Integer> mdts();

  /** The tunables of an MDT. */
  CoordinatorSettings settings(int mdt);

  /** Sets the tunables of an MDT; they survive a reopening. */
  void configure(int mdt, CoordinatorSettings settings) throws IOException;

  /** Sets the tunables of all MDTs. */
  void configure(CoordinatorSettings settings) throws IOException;

  /**
   * Sets a parameter of all MDTs by its name and in the text of {@code lctl set_param}: {@code
   * hsm_control}, {@code hsm.max_requests}, {@code hsm.loop_period}, {@code
   * hsm.active_request_timeout}, {@code hsm.grace_delay} (seconds), {@code hsm.default_archive_id},
   * {@code hsm.policy} ({@code NRA}, {@code +NBR -NRA}), {@code hsm.remove_archive_on_last_unlink},
   * {@code hsm.user_request_mask}, {@code hsm.other_request_mask}.
   *
   * @throws io.kmesh.spi.ProviderException EINVAL for another name or a value that it refuses
   */
  void setParameter(String name, String value) throws IOException;

  /** The state of an MDT's coordinator. */
  CoordinatorState state(int mdt);

  /**
   * {@code hsm_control} of an MDT.
   *
   * @throws io.kmesh.spi.ProviderException EALREADY to stop a stopped one, EINVAL to disable or
   *     purge one
   */
  void control(int mdt, CoordinatorCommand command) throws IOException;

  /** {@code hsm_control} of all MDTs. */
  void control(CoordinatorCommand command) throws IOException;

  /** The actions of an MDT in the order of its list, ended ones until the grace delay is over. */
  List<QueuedAction> actions(int mdt);

  /** The actions of all MDTs. */
  List<QueuedAction> actions();

  /** How many slots of an MDT are taken: actions that were sent and not ended, listed or not. */
  int activeRequests(int mdt);

  /** The copytools that are registered with an MDT. */
  List<CopytoolAgent> agents(int mdt);

  /** What was counted since the file system was opened. */
  HsmStatistics statistics();

  /** What was done that a real MDT does not survive; empty for a sound copytool. */
  List<String> violations();

  /**
   * Restarts an MDT: restores that were sent go back to WAITING, other actions that were sent are
   * unknown from now on (ENOENT), and the clients register their copytools again.
   */
  void restartMdt(int mdt) throws IOException;

  /**
   * Kills copytools as {@code kill -9} does: their registrations are gone and their calls fail with
   * EPIPE; what they were sent stays STARTED and keeps its slot.
   *
   * @param uuid the client's UUID of {@link #agents(int)}
   */
  void killCopytool(String uuid) throws IOException;

  /**
   * Runs one pass of every MDT's coordinator, in an order that the seed chooses; for deterministic
   * mode.
   *
   * @return how many actions were sent
   * @throws IllegalStateException when a thread runs them
   */
  int step() throws IOException;
}
