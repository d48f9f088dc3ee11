// SPDX-License-Identifier: Apache-2.0
/** The main job of Kmesh on real input: archive, release, recall, change, tier and remove a whole tree. */
package io.kmesh.samples.quickstart;
