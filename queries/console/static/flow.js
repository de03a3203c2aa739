// The picture of the pipeline: cards with figures, pipes with drops that move. Drawn anew with each look, in place.
export default {
  template: `
    <div class="flow" role="group" aria-label="The pipeline as it runs">
      <p v-if="!now" class="hint">Looking …</p>
      <template v-if="now">
        <section v-for="card in now.cards" :key="card.name" :class="['card', 'is-' + card.name]" :data-card="card.name">
          <h2><span :class="['dot', card.well ? 'well' : 'still']" aria-hidden="true"></span>{{ card.title }}</h2>
          <p class="figure"><b>{{ card.value }}</b> <span>{{ card.unit }}</span></p>
          <dl>
            <div v-for="line in card.lines" :key="line[0]"><dt>{{ line[0] }}</dt><dd>{{ line[1] }}</dd></div>
          </dl>
        </section>
        <div v-for="(pace, name) in now.pipes" :key="name" aria-hidden="true"
          :class="['pipe', 'is-' + name, pace ? 'moves' : '']" :style="{ '--pace': (pace || 1) + 's' }"></div>
      </template>
    </div>`,
  props: { now: Object },
};
